using FineTuneAspire.Datasets.Collecting.Buckets;
using FineTuneAspire.Datasets.Collecting.Folders;
using FineTuneAspire.Datasets.Collecting.Web;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Collecting;

internal static class CollectingRegistration
{
    public static void AddCollecting(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<CollectingOptions>().BindConfiguration(CollectingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<CollectingOptions>, CollectingOptions.Validator>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<CollectingOptions>>().Value.CreateGuard());
        services.AddSingleton<ImportSignal>();
        services.AddSingleton<Download>();
        services.AddSingleton<HostPace>();
        services.AddSingleton<ICollector, UrlCollector>();
        services.AddSingleton<ICollector, WebCollector>();
        services.AddSingleton<ICollector, FolderCollector>();
        services.AddSingleton<ICollector, BucketCollector>();
        services.AddSingleton<RunImport>();
        services.AddHostedService<CollectLoop>();
        services.AddHostedService<FolderWatch>();
    }
}
