using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.LocalProvider.Models;

/// <summary>`GET /v1/models`: all at once, as OpenAI answers it.</summary>
internal static class ListModels
{
    public static async Task<Ok<ModelList>> Handle(ModelCatalog models, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ModelList("list", [.. (await models.ListAsync(cancellationToken)).Select(ModelObject.From)]));
}
