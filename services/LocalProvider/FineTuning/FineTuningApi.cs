namespace FineTuneAspire.LocalProvider.FineTuning;

internal static class FineTuningApi
{
    public static void AddFineTuning(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RunningJob>();
        builder.Services.AddSingleton<TrainingRun>();
        builder.Services.AddSingleton<ValidateJobs>();
        builder.Services.AddSingleton<Trainer>();
        // The trainer first: its start is where jobs that died with the last process are failed.
        builder.Services.AddHostedService(services => services.GetRequiredService<Trainer>());
        builder.Services.AddHostedService(services => services.GetRequiredService<ValidateJobs>());
    }

    public static void MapFineTuning(this IEndpointRouteBuilder v1)
    {
        var jobs = v1.MapGroup("/fine_tuning/jobs").WithTags("Fine-tuning");
        jobs.MapPost("", CreateJob.Handle);
        jobs.MapGet("", ListJobs.Handle);
        jobs.MapGet("/{id}", GetJob.Handle);
        jobs.MapPost("/{id}/cancel", CancelJob.Handle);
        jobs.MapGet("/{id}/events", ListEvents.Handle);
        jobs.MapGet("/{id}/checkpoints", ListCheckpoints.Handle);
    }
}
