using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.Models;

/// <summary>`DELETE /v1/models/{id}`: a tuned model or checkpoint. Base models are folders that their owner removes.</summary>
internal static class DeleteModel
{
    public static async Task<Results<Ok<ModelDeleted>, ApiError>> Handle(
        string id, ModelCatalog models, ModelCache cache, ProviderDbContext db, CancellationToken cancellationToken)
    {
        if (await models.FindAsync(id, cancellationToken) is not { } model)
            return GetModel.NotFound(id);
        if (!model.IsTuned)
            return ApiError.Forbidden($"'{id}' is a base model; only fine-tuned models can be deleted.", "model_not_deletable");
        // The row goes first: a folder without a row is swept at the next start.
        if (await db.TunedModels.Where(tuned => tuned.Id == id).ExecuteDeleteAsync(cancellationToken) == 0)
            return GetModel.NotFound(id);
        cache.Evict(model.Folder);
        Directory.Delete(model.Folder, recursive: true);
        return TypedResults.Ok(new ModelDeleted(id, "model", Deleted: true));
    }
}
