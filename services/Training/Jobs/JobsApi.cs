using FineTuneAspire.Contracts.Training.Api;
using FineTuneAspire.Training.Checkpoints;
using FineTuneAspire.Training.Events;
using FineTuneAspire.Training.Metrics;

namespace FineTuneAspire.Training.Jobs;

internal static class JobsApi
{
    public static void MapJobs(this IEndpointRouteBuilder v1)
    {
        var jobs = v1.MapGroup("/fine_tuning/jobs").WithTags("Fine-tuning");
        jobs.MapPost("/", CreateJob.Handle);
        jobs.MapGet("/", ListJobs.Handle);
        jobs.MapGet("/{id}", GetJob.Handle);
        jobs.MapPost("/{id}/cancel", CancelJob.Handle);
        jobs.MapGet("/{id}/events", ListEvents.Handle).Produces<FineTuningJobEventList>().Produces(StatusCodes.Status204NoContent);
        jobs.MapGet("/{id}/checkpoints", ListCheckpoints.Handle);
        jobs.MapGet("/{id}/metrics", ListMetrics.Handle);
    }

    /// <summary>Routes for our own services: the internal key is needed, and the public document does not list them.</summary>
    public static void MapInternalJobs(this IEndpointRouteBuilder app) =>
        app.MapGet("/internal/models/{*model}", FindTrainedModel.Handle).RequireAuthorization().ExcludeFromDescription();
}
