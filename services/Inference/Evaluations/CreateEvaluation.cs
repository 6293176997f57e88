using System.Diagnostics;
using FineTuneAspire.Contracts.Inference.Api;
using FineTuneAspire.Contracts.Inference.Messages;
using FineTuneAspire.Inference.Models;
using FineTuneAspire.Inference.Persistence;
using FineTuneAspire.Messaging;
using FineTuneAspire.ServiceDefaults;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.Inference.Evaluations;

internal static class CreateEvaluation
{
    private const int MostModels = 20;
    private const int LongestName = 256;

    public static async Task<Results<Ok<EvaluationObject>, ApiError>> Handle(
        CreateEvaluationRequest request, HttpContext context, InferenceDb db, ModelRouter router, DatasetsClient datasets, TimeProvider clock, CancellationToken cancellationToken)
    {
        var project = context.Project();
        if (request.Name?.Length > LongestName)
            return ApiError.BadRequest($"'name' may have at most {LongestName} characters.", "name");
        if (request.File is null == request.Dataset is null)
            return ApiError.BadRequest("Give either 'file' or 'dataset'.", request.File is null ? "file" : "dataset");
        if (request.Models.Count is 0 or > MostModels)
            return ApiError.BadRequest($"'models' must name 1 to {MostModels} models.", "models");
        if (request.Models.Distinct(StringComparer.Ordinal).Count() != request.Models.Count)
            return ApiError.BadRequest("'models' names a model twice.", "models");

        var (file, refusal) = await FindFileAsync(request, project, datasets, cancellationToken);
        if (file is null)
            return refusal!;

        var id = PrefixedId.New("eval_", clock);
        var models = new List<EvaluatedModel>();
        foreach (var model in request.Models)
        {
            var (route, error) = await router.FindAsync(project, model, cancellationToken);
            if (route is null)
                return error!.StatusCode == StatusCodes.Status503ServiceUnavailable ? error : ApiError.BadRequest(error.Value.Error.Message, "models", error.Value.Error.Code);
            models.Add(new() { EvaluationId = id, Position = models.Count, Model = model, Provider = route.Provider.Name, UpstreamModel = route.UpstreamModel });
        }

        var evaluation = new Evaluation
        {
            Id = id,
            Project = project,
            Name = request.Name,
            File = file,
            Dataset = request.Dataset,
            CreatedAt = clock.GetUtcNow(),
            TraceParent = Activity.Current?.Id,
            Models = models,
        };
        db.Add(evaluation);
        db.Send(new RunEvaluation(id));
        await db.SaveChangesAsync(cancellationToken);
        return TypedResults.Ok(EvaluationScores.Describe(evaluation, []));
    }

    private static async Task<(string? File, ApiError? Refusal)> FindFileAsync(CreateEvaluationRequest request, string project, DatasetsClient datasets, CancellationToken cancellationToken)
    {
        try
        {
            if (request.File is not null)
            {
                return await datasets.FindFileAsync(project, request.File, cancellationToken) is { } file
                    ? (file.Id, null)
                    : (null, ApiError.BadRequest($"invalid file: {request.File}", "file"));
            }

            var dataset = await datasets.FindDatasetAsync(project, request.Dataset!, cancellationToken);
            return dataset?.LatestVersion switch
            {
                null => (null, ApiError.BadRequest($"invalid dataset: {request.Dataset}", "dataset")),
                { Status: not "validated" and var status } => (null, ApiError.BadRequest($"The newest version of dataset {request.Dataset} is '{status}'; an evaluation needs a validated one.", "dataset", "dataset_not_validated")),
                { TestFile: null } => (null, ApiError.BadRequest($"Dataset {request.Dataset} has no test file. Make a version whose split has a test share, or name a file.", "dataset", "no_test_file")),
                { TestFile: { } test } => (test, null),
            };
        }
        catch (HttpRequestException)
        {
            return (null, ApiError.Upstream(StatusCodes.Status503ServiceUnavailable, "The datasets service is not reachable at the moment. Try again shortly.", "service_unavailable"));
        }
    }
}
