using FineTuneAspire.Inference.Persistence;
using FineTuneAspire.ModelProvider;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Inference.Models;

/// <summary>Where a model is really asked.</summary>
/// <param name="Model">Our id.</param>
/// <param name="UpstreamModel">The provider's id.</param>
/// <param name="BaseModel">Of few values, for metrics.</param>
internal sealed record ModelRoute(string Model, ProviderInfo Provider, string UpstreamModel, string BaseModel);

/// <summary>Finds the provider behind a model: tuned models by their project's rows, base models by what the providers list.</summary>
internal sealed class ModelRouter(InferenceDb db, IProviders providers, TrainingClient training)
{
    /// <summary>Either the route or the refusal.</summary>
    public async Task<(ModelRoute? Route, ApiError? Error)> FindAsync(string project, string model, CancellationToken cancellationToken)
    {
        if (!ModelNames.IsWellFormed(model))
            return (null, ApiError.BadRequest("A model's name is 1 to 256 letters, digits and . _ : / - and begins with a letter or digit.", "model", "invalid_model"));

        if (TunedModelName.Is(model))
        {
            TunedModel? tuned;
            try
            {
                tuned = await FindTunedAsync(project, model, cancellationToken);
            }
            catch (HttpRequestException)
            {
                return (null, Unanswered(model));
            }

            if (tuned is null)
                return (null, Unknown(model));
            return providers.Find(tuned.Provider) is { } home
                ? (new(model, home, tuned.UpstreamModel, tuned.BaseModel), null)
                : (null, ApiError.Upstream(StatusCodes.Status503ServiceUnavailable,
                    $"The model lives at provider '{tuned.Provider}', which is not configured or has no key. Set Providers:{tuned.Provider} and restart the service.", "provider_unavailable"));
        }

        try
        {
            return await providers.FindForModelAsync(model, cancellationToken) is { } provider
                ? (new(model, provider, model, model), null)
                : (null, Unknown(model));
        }
        catch (ProviderException unanswered)
        {
            return (null, ApiError.Upstream(StatusCodes.Status503ServiceUnavailable, $"Whether the model exists is not known at the moment: {unanswered.Message}", "provider_unavailable"));
        }
    }

    /// <summary>The project's own tuned model or checkpoint; null for anybody else's, exactly as for one that never was.</summary>
    /// <remarks>
    /// A job shows `succeeded` a moment before its event is consumed here, and an event can be lost with the broker's data. So a model without
    /// a row is asked for at Training, whose rows are the truth.
    /// </remarks>
    /// <exception cref="HttpRequestException">There is no row, and Training could not be asked.</exception>
    public async Task<TunedModel?> FindTunedAsync(string project, string model, CancellationToken cancellationToken)
    {
        var found = await RowAsync();
        if (found is null && TunedModelName.IsOurs(model) && await training.FindTrainedModelAsync(project, model, cancellationToken) is { } job)
        {
            await TunedModels.RegisterAsync(db, job, cancellationToken);
            found = await RowAsync();
        }

        return found is { DeletedAt: null } ? found : null;

        Task<TunedModel?> RowAsync() => db.Models.AsNoTracking().SingleOrDefaultAsync(row => row.Id == model && row.Project == project, cancellationToken);
    }

    public static ApiError Unanswered(string model) => ApiError.Upstream(
        StatusCodes.Status503ServiceUnavailable, $"Whether the model '{model}' exists is not known at the moment: the training service does not answer. Try again shortly.", "service_unavailable");

    public static ApiError Unknown(string model) =>
        ApiError.NotFound($"The model '{model}' does not exist or you do not have access to it.", "model", "model_not_found");
}

/// <summary>`ft:base:project:suffix:id[:ckpt-step-N]`.</summary>
internal static class TunedModelName
{
    public static bool Is(string model) => model.StartsWith("ft:", StringComparison.Ordinal);

    /// <summary>True when the name has the form that Training gives; whose the model is only rows say.</summary>
    public static bool IsOurs(string model) => model.Split(':') is ["ft", _, _, _, _, ..];
}
