using System.Collections.Concurrent;
using FineTuneAspire.ModelProvider.Chat;
using FineTuneAspire.ModelProvider.FineTuning;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.ModelProvider;

internal sealed class Providers : IProviders
{
    private static readonly TimeSpan KeepModelsFor = TimeSpan.FromMinutes(1);
    private readonly Dictionary<string, Entry> _byName;
    private readonly ConcurrentDictionary<string, ModelList> _models = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;

    public Providers(IOptions<ProvidersOptions> options, IHttpClientFactory http, TimeProvider clock)
    {
        _clock = clock;
        _byName = options.Value
            .Where(entry => ProvidersOptions.IsOn(entry.Value))
            .Select(entry => new Entry(entry.Key, entry.Value, http, clock))
            .ToDictionary(entry => entry.Info.Name, StringComparer.Ordinal);
        Enabled = [.. _byName.Values.Select(entry => entry.Info).OrderBy(info => info.Name != "local").ThenBy(info => info.Name, StringComparer.Ordinal)];
    }

    public IReadOnlyList<ProviderInfo> Enabled { get; }

    public ProviderInfo? Find(string name) => _byName.GetValueOrDefault(name)?.Info;

    public IFineTuningClient FineTuning(string provider) => Get(provider).FineTuning;

    public IChatClient Chat(string provider) => Get(provider).Chat;

    public HttpClient GetHttpClient(string provider) => Get(provider).Connection.Http();

    public HttpRequestMessage CreateRequest(string provider, HttpMethod method, string path) => Get(provider).Connection.Request(method, path);

    public async Task<ProviderInfo?> FindForModelAsync(string model, CancellationToken cancellationToken)
    {
        if (!IsBase(model) || !ModelNames.IsWellFormed(model))
            return null;
        if (Enabled.FirstOrDefault(info => Get(info.Name).Options.Models.Contains(model)) is { } configured)
            return configured;

        ProviderException? unanswered = null;
        foreach (var info in Enabled.Where(info => Get(info.Name).Options.Models.Count == 0))
        {
            try
            {
                if ((await ListBaseModelsAsync(info.Name, cancellationToken)).Any(known => known.Id == model))
                    return info;
            }
            catch (ProviderException exception)
            {
                unanswered ??= exception;
            }
        }

        return unanswered is null ? null : throw unanswered;
    }

    public async Task<IReadOnlyList<UpstreamModel>> ListBaseModelsAsync(string provider, CancellationToken cancellationToken)
    {
        var entry = Get(provider);
        if (entry.Options.Models is { Count: > 0 } configured)
            return [.. configured.Select(model => new UpstreamModel(model, 0, provider, null))];

        var now = _clock.GetUtcNow();
        if (_models.TryGetValue(provider, out var kept) && now - kept.ReadAt < KeepModelsFor)
            return kept.Models;
        // Two callers at once may both ask; the answers are the same and the last one is kept.
        var listed = await entry.FineTuning.ListModelsAsync(cancellationToken);
        UpstreamModel[] models = [.. listed.Where(model => IsBase(model.Id))];
        _models[provider] = new(models, now);
        return models;
    }

    // OpenAI and ours write `ft:base:…`, Azure `base.ft-…`.
    private static bool IsBase(string model) => !model.StartsWith("ft:", StringComparison.Ordinal) && !model.Contains(".ft-", StringComparison.Ordinal);

    private Entry Get(string provider) =>
        _byName.GetValueOrDefault(provider) ?? throw new ArgumentException($"Provider '{provider}' is not configured or has no key; see section Providers:{provider}.", nameof(provider));

    private sealed record ModelList(IReadOnlyList<UpstreamModel> Models, DateTimeOffset ReadAt);

    private sealed class Entry
    {
        public Entry(string name, ProviderOptions options, IHttpClientFactory http, TimeProvider clock)
        {
            Options = options;
            var url = new Uri(ProvidersOptions.BaseUrlOf(name, options)!.TrimEnd('/'));
            Info = new ProviderInfo(name, ProvidersOptions.KindOf(name, options), url, options.ListIsConsistent);
            Connection = new ProviderConnection(Info, options, http, clock);
            FineTuning = new FineTuningClient(Connection, options.Timeout);
            Chat = new ChatClient(Connection, options);
        }

        public ProviderInfo Info { get; }
        public ProviderOptions Options { get; }
        public ProviderConnection Connection { get; }
        public IFineTuningClient FineTuning { get; }
        public IChatClient Chat { get; }
    }
}
