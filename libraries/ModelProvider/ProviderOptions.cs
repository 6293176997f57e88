namespace FineTuneAspire.ModelProvider;

/// <summary>One entry of section `Providers`: `Providers:&lt;name&gt;:…`. The name is ours (`local`, `openai`, …) and stands in rows and spans.</summary>
public sealed class ProviderOptions
{
    /// <summary>The endpoint up to and including its version, for example `https://api.openai.com/v1`. Only kind `openai` has a default.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>Sent as `Authorization: Bearer` (kind `azure`: `api-key`). A provider without a key is off unless <see cref="Enabled"/> says otherwise.</summary>
    public string? ApiKey { get; set; }

    /// <summary>`openai`, `azure` or `compatible`. Unset: `openai` and `azure` for providers of these names, else `compatible`.</summary>
    public string? Kind { get; set; }

    /// <summary>
    /// True where a job is in the provider's list from the moment its create was carried out. Only there may a create with an
    /// unknown outcome be tried again once the list does not show it.
    /// </summary>
    public bool ListIsConsistent { get; set; }

    /// <summary>Unset: on exactly when there is a key. True without a key: an endpoint that wants none.</summary>
    public bool? Enabled { get; set; }

    /// <summary>The base models this provider may be asked for. Empty: whatever its `GET /models` lists.</summary>
    public List<string> Models { get; set; } = [];

    /// <summary>How long one call may take, uploads, downloads and chat streams excepted. The create of a job that takes longer has an unknown outcome.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>A proxy to reach the provider through. Proxy variables of the environment are not read: keys travel only where configuration says.</summary>
    public string? Proxy { get; set; }
}

/// <summary>A configured provider that is on.</summary>
/// <param name="Name">Its key in section `Providers`.</param>
/// <param name="Kind">`openai`, `azure` or `compatible`.</param>
/// <param name="BaseUrl">Absolute, without a slash at the end.</param>
/// <param name="ListIsConsistent"><inheritdoc cref="ProviderOptions.ListIsConsistent" path="/summary"/></param>
public sealed record ProviderInfo(string Name, string Kind, Uri BaseUrl, bool ListIsConsistent)
{
    /// <summary>`gen_ai.provider.name` of its spans.</summary>
    public string TelemetryName => Kind switch
    {
        ProviderKinds.OpenAI => "openai",
        ProviderKinds.Azure => "azure.ai.openai",
        _ => Name,
    };
}

public static class ProviderKinds
{
    public const string OpenAI = "openai";
    public const string Azure = "azure";
    public const string Compatible = "compatible";
}
