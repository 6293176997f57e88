namespace FineTuneAspire.Training.Reconciling;

internal static class ReconcilingRegistration
{
    public static void AddReconciling(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TrainingOptions>().BindConfiguration(TrainingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<ReconcileSignal>();
        builder.Services.AddScoped<ReconcileJob>();
        builder.Services.AddScoped<CreateUpstreamJobs>();
        builder.Services.AddScoped<FindUpstreamJobs>();
        builder.Services.AddScoped<PollUpstreamJob>();
        builder.Services.AddScoped<FinishJob>();
        builder.Services.AddHostedService<ReconcileLoop>();
    }
}
