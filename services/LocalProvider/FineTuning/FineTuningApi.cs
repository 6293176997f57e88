namespace FineTuneAspire.LocalProvider.FineTuning;

internal static class FineTuningApi
{
    public static void AddFineTuning(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RunningJob>();
    }

    public static void MapFineTuning(this IEndpointRouteBuilder v1)
    {
        var jobs = v1.MapGroup("/fine_tuning/jobs").WithTags("Fine-tuning");
        jobs.MapGet("", ListJobs.Handle);
        jobs.MapGet("/{id}", GetJob.Handle);
        jobs.MapPost("/{id}/cancel", CancelJob.Handle);
        jobs.MapGet("/{id}/events", ListEvents.Handle);
        jobs.MapGet("/{id}/checkpoints", ListCheckpoints.Handle);
    }
}
