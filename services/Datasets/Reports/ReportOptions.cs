using System.ComponentModel.DataAnnotations;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>Section `Reports`.</summary>
public sealed class ReportOptions
{
    public const string Section = "Reports";

    /// <summary>How long a request waits for figures before it answers without them. They are computed all the same.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00", ErrorMessage = "Reports:WaitAtMost must lie between nothing and ten minutes.")]
    public TimeSpan WaitAtMost { get; set; } = TimeSpan.FromSeconds(10);
}

internal static class ReportsRegistration
{
    public static void AddReports(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ReportOptions>().BindConfiguration(ReportOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<ComputeFigures>();
    }
}
