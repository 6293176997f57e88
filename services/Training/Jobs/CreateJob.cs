using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Contracts.Training.Api;
using FineTuneAspire.Messaging;
using FineTuneAspire.ModelProvider;
using FineTuneAspire.ServiceDefaults;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.ServiceDefaults.Faults;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.Training.Events;
using FineTuneAspire.Training.Persistence;
using FineTuneAspire.Training.Reconciling;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Training.Jobs;

/// <summary>`POST /v1/fine_tuning/jobs`.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateJobRequest
{
    public required string Model { get; init; }
    public required string TrainingFile { get; init; }
    public string? ValidationFile { get; init; }
    /// <summary>1 to 64 characters; part of the model's name.</summary>
    public string? Suffix { get; init; }
    public int? Seed { get; init; }
    public MethodRequest? Method { get; init; }
    /// <summary>Deprecated by OpenAI; the same as `method.supervised.hyperparameters`.</summary>
    public HyperparametersRequest? Hyperparameters { get; init; }
    public IReadOnlyList<JsonElement>? Integrations { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>
/// Accepts a job: the row and the command that has its files validated commit together. What only reading the files can tell is
/// answered later, by the job's status. When Datasets does not answer, the job is accepted too: its validation will say what is wrong.
/// </summary>
internal sealed partial class CreateJob
{
    private static readonly TimeSpan DatasetsPatience = TimeSpan.FromSeconds(3);

    public static async Task<Results<Ok<FineTuningJob>, ApiError>> Handle(
        CreateJobRequest body, HttpContext context, TrainingDbContext db, BaseModels models, DatasetsClient datasets,
        IOptions<TrainingOptions> options, TimeProvider clock, ILogger<CreateJob> logger, CancellationToken cancellationToken)
    {
        var project = context.Project();
        if (Check(body) is { } refused)
            return refused;
        if (Hyperparameters.Read(body.Method, body.Hyperparameters, out var hyperparameters) is { } badNumbers)
            return badNumbers;

        TrainableModel? model;
        try
        {
            model = ModelNames.IsWellFormed(body.Model) ? await models.FindAsync(project, body.Model, cancellationToken) : null;
        }
        catch (ProviderException exception)
        {
            context.Response.Headers.RetryAfter = "5";
            return ApiError.Upstream(StatusCodes.Status503ServiceUnavailable, $"Whether model {body.Model} can be trained is not known at the moment: {exception.Message}", "provider_unavailable");
        }

        if (model is null)
            return ApiError.BadRequest($"Model {body.Model} is not available for fine-tuning or does not exist.", null, "model_not_available");
        if (await CheckFileAsync(body.TrainingFile, "training_file") is { } badTraining)
            return badTraining;
        if (body.ValidationFile is not null && await CheckFileAsync(body.ValidationFile, "validation_file") is { } badValidation)
            return badValidation;

        var now = await db.NowAsync(cancellationToken);
        var job = new Job
        {
            Id = PrefixedId.New("ftjob-", clock),
            Project = project,
            CreatedAt = now,
            Model = body.Model,
            BaseModel = model.BaseModel,
            Provider = model.Provider,
            UpstreamBaseModel = model.UpstreamModel,
            TrainingFile = new JobFile { Id = body.TrainingFile },
            ValidationFile = body.ValidationFile is null ? null : new JobFile { Id = body.ValidationFile },
            Suffix = body.Suffix,
            Seed = body.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue),
            EpochCount = hyperparameters.EpochCount,
            BatchSize = hyperparameters.BatchSize,
            LearningRateMultiplier = hyperparameters.LearningRateMultiplier,
            Metadata = body.Metadata is { Count: > 0 } ? JsonSerializer.Serialize(body.Metadata, WireJson.Options) : null,
            TraceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C, Recorded: true } activity ? activity.Id : null,
        };
        Activity.Current?.SetTag("fta.job.id", job.Id);
        db.Jobs.Add(job);
        db.AddEvent(job, clock, now, "info", $"Job accepted: {job.Id}");
        db.AddEvent(job, clock, now, "info", $"Checking training file {job.TrainingFile.Id}" + (job.ValidationFile is null ? "" : $" and validation file {job.ValidationFile.Id}"));
        db.Send(new ValidateTrainingFile(job.Id, project, job.TrainingFile.Id, job.ValidationFile?.Id, "supervised"));
        job.Wake(now + options.Value.ValidationReminder);
        FaultPoint.Reach("accept-before-commit");
        await db.SaveChangesAsync(cancellationToken);
        FaultPoint.Reach("accept-after-commit");
        LogAccepted(logger, job.Id, project, job.Model, job.Provider);
        return TypedResults.Ok(JobObject.From(job));

        async Task<ApiError?> CheckFileAsync(string file, string param)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(DatasetsPatience);
            try
            {
                return await datasets.FindFileAsync(project, file, patience.Token) is { Purpose: "fine-tune" } ? null : ApiError.BadRequest($"invalid {param}: {file}", param);
            }
            catch (Exception exception) when (exception is HttpRequestException or JsonException || exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                LogDatasetsAway(logger, exception, file);
                return null;
            }
        }
    }

    private static ApiError? Check(CreateJobRequest body)
    {
        if (body.Suffix is { } suffix && (suffix.Length is < 1 or > 64 || suffix.Any(char.IsControl)))
            return ApiError.BadRequest("Invalid value for 'suffix': it must be 1 to 64 characters long.", "suffix", "invalid_value");
        if (body.Seed < 0)
            return ApiError.BadRequest("Invalid value for 'seed': it must be a whole number from 0 to 2147483647.", "seed", "invalid_value");
        if (body.Integrations is { Count: > 0 })
            return ApiError.BadRequest("'integrations' are not supported yet; leave the field out.", "integrations", "unsupported_value");
        if (body.TrainingFile == body.ValidationFile)
            return ApiError.BadRequest("'validation_file' must not be the training file.", "validation_file", "invalid_value");
        if (body.Metadata is not { } metadata)
            return null;
        if (metadata.Count > 16)
            return ApiError.BadRequest($"Invalid value for 'metadata': at most 16 pairs, found {metadata.Count}.", "metadata", "invalid_value");
        foreach (var (key, value) in metadata)
        {
            if (key.Length is < 1 or > 64)
                return ApiError.BadRequest("Invalid value for 'metadata': a key must be 1 to 64 characters long.", "metadata", "invalid_value");
            if (value is null || value.Length > 512)
                return ApiError.BadRequest($"Invalid value for 'metadata.{key}': it must be a string of at most 512 characters.", $"metadata.{key}", "invalid_value");
        }

        return null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId} of project {Project} accepted: model {Model} at provider {Provider}")]
    private static partial void LogAccepted(ILogger logger, string jobId, string project, string model, string provider);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Datasets did not say whether file {File} exists; the job is accepted and its validation decides")]
    private static partial void LogDatasetsAway(ILogger logger, Exception exception, string file);
}
