using FineTuneAspire.ModelProvider.Chat;
using FineTuneAspire.ModelProvider.FineTuning;

namespace FineTuneAspire.ModelProvider;

/// <summary>The configured providers. A name that is not configured, or off, throws <see cref="ArgumentException"/>: names come from rows and configuration, never from clients.</summary>
public interface IProviders
{
    /// <summary>Those that are on; `local` first, then by name.</summary>
    IReadOnlyList<ProviderInfo> Enabled { get; }

    /// <summary>Null when there is none of that name or it is off.</summary>
    ProviderInfo? Find(string name);

    /// <summary>
    /// The provider that has this base model: the one whose `Models` are configured with it, else the first whose `GET /models` (kept for a minute)
    /// lists it. Null when no provider has it. Fine-tuned models (`ft:…`) are never found here: they belong to projects and are known by rows.
    /// </summary>
    /// <exception cref="ProviderException">No provider is known to have it, and at least one could not be asked.</exception>
    Task<ProviderInfo?> FindForModelAsync(string model, CancellationToken cancellationToken);

    /// <summary>The base models of one provider, kept for a minute; as configured, else from its `GET /models`.</summary>
    /// <exception cref="ProviderException"/>
    Task<IReadOnlyList<UpstreamModel>> ListBaseModelsAsync(string provider, CancellationToken cancellationToken);

    IFineTuningClient FineTuning(string provider);

    IChatClient Chat(string provider);

    /// <summary>For bytes passed through: no time-out, no retry, no redirect, no decompression, no proxy but the configured one. Send what <see cref="CreateRequest"/> makes.</summary>
    HttpClient GetHttpClient(string provider);

    /// <summary>A request for a path below the provider's base URL (`chat/completions`) with the provider's key applied.</summary>
    HttpRequestMessage CreateRequest(string provider, HttpMethod method, string path);
}
