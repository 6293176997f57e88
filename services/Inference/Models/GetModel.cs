using FineTuneAspire.Contracts.Inference.Api;
using FineTuneAspire.ModelProvider;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.Inference.Models;

internal static class GetModel
{
    public static async Task<Results<Ok<ModelObject>, ApiError>> Handle(string id, HttpContext context, ModelRouter router, IProviders providers, CancellationToken cancellationToken)
    {
        var model = ModelsApi.Decoded(id);
        if (!ModelNames.IsWellFormed(model))
            return ModelRouter.Unknown(model.Length <= 256 ? model : model[..256]);
        if (TunedModelName.Is(model))
        {
            try
            {
                return await router.FindTunedAsync(context.Project(), model, cancellationToken) is { } tuned ? TypedResults.Ok(ListModels.Describe(tuned)) : ModelRouter.Unknown(model);
            }
            catch (HttpRequestException)
            {
                return ModelRouter.Unanswered(model);
            }
        }

        var (route, error) = await router.FindAsync(context.Project(), model, cancellationToken);
        if (route is null)
            return error!;
        try
        {
            var listed = await providers.ListBaseModelsAsync(route.Provider.Name, cancellationToken);
            return listed.FirstOrDefault(known => known.Id == model) is { } found ? TypedResults.Ok(ListModels.Describe(route.Provider.Name, found)) : ModelRouter.Unknown(model);
        }
        catch (ProviderException failure)
        {
            return ApiError.Upstream(StatusCodes.Status503ServiceUnavailable, failure.Message, "provider_unavailable");
        }
    }
}
