using FineTuneAspire.Contracts.Inference.Api;
using FineTuneAspire.Inference.Persistence;
using FineTuneAspire.ModelProvider;
using FineTuneAspire.ModelProvider.FineTuning;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Inference.Models;

internal sealed partial class ListModels
{
    /// <summary>The base models of every provider that answers, then the project's tuned models, newest first. Checkpoints are found by id.</summary>
    public static async Task<Ok<ModelList>> Handle(HttpContext context, InferenceDb db, IProviders providers, ILogger<ListModels> logger, CancellationToken cancellationToken)
    {
        var project = context.Project();
        var lists = await Task.WhenAll(providers.Enabled.Select(provider => BaseModelsAsync(providers, provider.Name, logger, cancellationToken)));
        var tuned = await db.Models.AsNoTracking()
            .Where(model => model.Project == project && model.Step == null && model.DeletedAt == null)
            .OrderByDescending(model => model.CreatedAt).ThenBy(model => model.Id)
            .ToListAsync(cancellationToken);
        // The provider that answers chat for a name is the first that lists it.
        return TypedResults.Ok(new ModelList { Data = [.. lists.SelectMany(list => list).DistinctBy(model => model.Id), .. tuned.Select(Describe)] });
    }

    public static ModelObject Describe(TunedModel model) => new()
    {
        Id = model.Id,
        Created = model.CreatedAt.ToUnixTimeSeconds(),
        OwnedBy = model.Project,
        Provider = model.Provider,
        BaseModel = model.BaseModel,
        FineTuningJob = model.JobId,
        Step = model.Step,
    };

    public static ModelObject Describe(string provider, UpstreamModel model) =>
        new() { Id = model.Id, Created = model.Created, OwnedBy = model.OwnedBy, Provider = provider };

    private static async Task<IEnumerable<ModelObject>> BaseModelsAsync(IProviders providers, string provider, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            return (await providers.ListBaseModelsAsync(provider, cancellationToken)).Select(model => Describe(provider, model));
        }
        catch (ProviderException failure)
        {
            // One provider that is away must not hide the others' models.
            LogProviderSkipped(logger, provider, failure.Message);
            return [];
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The models of provider {Provider} are left out of the list: {Reason}")]
    private static partial void LogProviderSkipped(ILogger logger, string provider, string reason);
}
