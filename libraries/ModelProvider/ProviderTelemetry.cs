using System.Diagnostics;

namespace FineTuneAspire.ModelProvider;

/// <summary>
/// CLIENT spans around calls to models, in the words of the GenAI conventions 1.41; fine-tuning has none there, so its operation
/// names are ours. Content never becomes an attribute.
/// </summary>
public static class ProviderTelemetry
{
    public const string SourceName = "FineTuneAspire.ModelProvider";
    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Starts `operation model` (or `operation` where no model is known); null when nobody listens.</summary>
    public static Activity? Start(string operation, ProviderInfo provider, string? model = null)
    {
        if (!Source.HasListeners())
            return null;
        var tags = new ActivityTagsCollection
        {
            ["gen_ai.operation.name"] = operation,
            ["gen_ai.provider.name"] = provider.TelemetryName,
            ["server.address"] = provider.BaseUrl.Host,
            ["server.port"] = provider.BaseUrl.Port,
            ["fta.provider"] = provider.Name,
        };
        if (model is not null)
            tags["gen_ai.request.model"] = model;
        return Source.StartActivity(model is null ? operation : $"{operation} {model}", ActivityKind.Client, parentContext: default, tags);
    }

    /// <summary>Marks the span as failed: `error.type` is the provider's code, else the status, else the kind of failure.</summary>
    public static void Fail(Activity? activity, ProviderError error)
    {
        activity?.SetTag("error.type", error.Code ?? error.Status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? error.Kind.ToString());
        activity?.SetStatus(ActivityStatusCode.Error);
    }
}
