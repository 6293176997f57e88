using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.ModelProvider;

/// <summary>Section `Providers`, by name. Read once at start: a changed key wants a restart.</summary>
public sealed class ProvidersOptions : Dictionary<string, ProviderOptions>
{
    public const string Section = "Providers";
    public const string OpenAIBaseUrl = "https://api.openai.com/v1";

    public ProvidersOptions() : base(StringComparer.Ordinal)
    {
    }

    internal static string KindOf(string name, ProviderOptions provider) => provider.Kind ?? name switch
    {
        ProviderKinds.OpenAI => ProviderKinds.OpenAI,
        ProviderKinds.Azure => ProviderKinds.Azure,
        _ => ProviderKinds.Compatible,
    };

    internal static bool IsOn(ProviderOptions provider) => provider.Enabled ?? !string.IsNullOrWhiteSpace(provider.ApiKey);

    internal static string? BaseUrlOf(string name, ProviderOptions provider) =>
        !string.IsNullOrWhiteSpace(provider.BaseUrl) ? provider.BaseUrl : KindOf(name, provider) == ProviderKinds.OpenAI ? OpenAIBaseUrl : null;
}

/// <summary>Collects everything that is wrong with section `Providers`, so that one start shows all of it.</summary>
internal sealed partial class ValidateProvidersOptions : IValidateOptions<ProvidersOptions>
{
    public ValidateOptionsResult Validate(string? name, ProvidersOptions options)
    {
        var errors = options.OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry => Errors(entry.Key, entry.Value)).ToList();
        return errors.Count > 0 ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> Errors(string name, ProviderOptions provider)
    {
        var place = $"{ProvidersOptions.Section}:{name}";
        if (!ProviderName().IsMatch(name))
            yield return $"{place}: the name must be 1 to 32 of a-z, 0-9 and '-', beginning with a letter.";
        if (provider.Kind is not (null or ProviderKinds.OpenAI or ProviderKinds.Azure or ProviderKinds.Compatible))
            yield return $"{place}:Kind is '{provider.Kind}'; it must be openai, azure or compatible.";
        if (provider.Timeout <= TimeSpan.Zero || provider.Timeout > TimeSpan.FromMinutes(10))
            yield return $"{place}:Timeout is {provider.Timeout}; it must be more than zero and at most 00:10:00.";
        if (provider.Proxy is { Length: > 0 } proxy && !IsHttpUrl(proxy))
            yield return $"{place}:Proxy is no absolute http or https URL.";
        if (provider.ApiKey is { } key && key.Any(c => c is < '!' or > '~'))
            yield return $"{place}:ApiKey has a space, a line break or a character that a header cannot carry.";
        foreach (var model in provider.Models.Where(model => !ModelNames.IsWellFormed(model)))
            yield return $"{place}:Models holds '{model}', which is no model name.";

        if (!ProvidersOptions.IsOn(provider))
            yield break;
        var kind = ProvidersOptions.KindOf(name, provider);
        var url = ProvidersOptions.BaseUrlOf(name, provider);
        if (url is null)
            yield return $"{place}:BaseUrl is not set. Give the endpoint up to its version, for example http://127.0.0.1:8000/v1, or set {place}:Enabled to false.";
        else if (!IsHttpUrl(url))
            yield return $"{place}:BaseUrl is '{url}'; it must be an absolute http or https URL without user, query and fragment.";
        if (string.IsNullOrWhiteSpace(provider.ApiKey) && kind != ProviderKinds.Compatible)
            yield return $"{place}:ApiKey is not set although {place}:Enabled is true. Set it, or leave Enabled out.";
    }

    private static bool IsHttpUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" &&
        url is { UserInfo: "", Query: "", Fragment: "" };

    [GeneratedRegex("^[a-z][a-z0-9-]{0,31}$")]
    private static partial Regex ProviderName();
}

/// <summary>What may stand in a `model` field at all.</summary>
public static partial class ModelNames
{
    /// <summary>1 to 256 of letters, digits and `. _ : / -`, beginning with a letter or digit: nothing that could change a URL, a header or a log line.</summary>
    public static bool IsWellFormed(string model) => Pattern().IsMatch(model);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._:/-]{0,255}\z")]
    private static partial Regex Pattern();
}
