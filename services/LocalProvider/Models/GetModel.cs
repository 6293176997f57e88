using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.LocalProvider.Models;

/// <summary>`GET /v1/models/{id}`: base models, tuned models and checkpoints.</summary>
internal static class GetModel
{
    public static async Task<Results<Ok<ModelObject>, ApiError>> Handle(string id, ModelCatalog models, CancellationToken cancellationToken) =>
        await models.FindAsync(id, cancellationToken) is { } found ? TypedResults.Ok(ModelObject.From(found)) : NotFound(id);

    internal static ApiError NotFound(string id) => ApiError.NotFound($"The model '{id}' does not exist", "model", "model_not_found");
}
