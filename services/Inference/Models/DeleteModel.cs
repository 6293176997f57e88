using FineTuneAspire.Contracts.Inference.Api;
using FineTuneAspire.Inference.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Inference.Models;

internal static class DeleteModel
{
    /// <summary>Takes a tuned model or checkpoint out of the project. The provider's copy stays where it is.</summary>
    public static async Task<Results<Ok<ModelDeleted>, ApiError>> Handle(string id, HttpContext context, InferenceDb db, ModelRouter router, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (model, project) = (ModelsApi.Decoded(id), context.Project());
        if (!TunedModelName.Is(model))
        {
            var (route, error) = await router.FindAsync(project, model, cancellationToken);
            return route is null ? error! : ApiError.Forbidden($"'{model}' is a base model of provider '{route.Provider.Name}'; only tuned models can be deleted.", "base_model");
        }

        try
        {
            if (await router.FindTunedAsync(project, model, cancellationToken) is null)
                return ModelRouter.Unknown(model);
        }
        catch (HttpRequestException)
        {
            return ModelRouter.Unanswered(model);
        }

        var row = await db.Models.SingleAsync(row => row.Id == model && row.Project == project, cancellationToken);
        if (!row.TryDelete(clock.GetUtcNow()))
            return ModelRouter.Unknown(model);
        await db.SaveChangesAsync(cancellationToken);
        return TypedResults.Ok(new ModelDeleted(model, "model", true));
    }
}
