using System.Diagnostics;
using FineTuneAspire.LocalProvider.Files;
using FineTuneAspire.LocalProvider.Models;
using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.ServiceDefaults;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>
/// `POST /v1/fine_tuning/jobs`. What the body alone or a look at the catalog can refuse is refused here with 400; what needs the
/// file's content is found by the job itself, which then fails (<see cref="ValidateJobs"/>).
/// </summary>
internal static class CreateJob
{
    public static async Task<Results<Ok<JobObject>, ApiError>> Handle(
        CreateJobRequest request, ProviderDbContext db, ModelCatalog models, ValidateJobs validation, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (request.Refusal() is { } refusal)
            return refusal;
        if (await models.FindAsync(request.Model, cancellationToken) is null)
            return ApiError.BadRequest($"Model {request.Model} is not available for fine-tuning or does not exist.", code: "model_not_available");
        if (await RefuseFileAsync(db, request.TrainingFile, "training_file", cancellationToken) is { } badTraining)
            return badTraining;
        if (request.ValidationFile is not null && await RefuseFileAsync(db, request.ValidationFile, "validation_file", cancellationToken) is { } badValidation)
            return badValidation;

        var id = PrefixedId.New("ftjob-", clock);
        var job = new FineTuningJob
        {
            Id = id,
            CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
            Model = request.Model,
            TrainingFile = request.TrainingFile,
            ValidationFile = request.ValidationFile,
            Suffix = request.Suffix,
            // Without a seed the id decides: a run can be repeated by asking for the seed that the job shows.
            Seed = (int?)request.Seed ?? (int)(Convert.ToUInt32(id[^8..], 16) & int.MaxValue),
            Metadata = [.. (request.Metadata ?? []).Select(pair => new MetadataPair(pair.Key, pair.Value))],
            TraceParent = Activity.Current?.Id,
        };
        var asked = request.Chosen;
        job.Ask((int?)asked.NEpochs?.Value, (int?)asked.BatchSize?.Value, asked.LearningRateMultiplier?.Value);
        db.Jobs.Add(job);
        db.Events.Add(JobEvent.Of(job.Id, $"Created fine-tuning job: {job.Id}", clock));
        db.Events.Add(JobEvent.Of(job.Id, $"Validating training file: {job.TrainingFile}" + (job.ValidationFile is null ? "" : $" and validation file: {job.ValidationFile}"), clock));
        await db.SaveChangesAsync(cancellationToken);
        validation.Wake();
        return TypedResults.Ok(JobObject.From(job));
    }

    private static async Task<ApiError?> RefuseFileAsync(ProviderDbContext db, string id, string param, CancellationToken cancellationToken)
    {
        var purpose = await db.Files.Where(file => file.Id == id).Select(file => file.Purpose).SingleOrDefaultAsync(cancellationToken);
        return purpose switch
        {
            null => ApiError.BadRequest($"invalid {param}: {id}", param),
            Purposes.FineTune => null,
            _ => ApiError.BadRequest($"invalid {param}: {id} has the purpose '{purpose}'; upload it with '{Purposes.FineTune}'.", param),
        };
    }
}
