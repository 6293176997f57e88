using FineTuneAspire.ModelProvider.FineTuning;
using FineTuneAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FineTuneAspire.ModelProvider.Tests;

/// <summary>The library as a service registers it, pointed at a fake provider named `fake`.</summary>
internal sealed class ProviderHost : IAsyncDisposable
{
    private readonly IHost _host;

    private ProviderHost(IHost host, FakeUpstream upstream) => (_host, Upstream) = (host, upstream);

    public FakeUpstream Upstream { get; }
    public IProviders Providers => _host.Services.GetRequiredService<IProviders>();
    public IFineTuningClient Client => Providers.FineTuning("fake");

    public static async Task<ProviderHost> StartAsync(params (string Key, string? Value)[] settings)
    {
        var upstream = await FakeUpstream.StartAsync();
        return new(Build(
        [
            ("Providers:fake:BaseUrl", upstream.BaseUrl.ToString()), ("Providers:fake:ApiKey", FakeUpstream.Key), ("Providers:fake:Timeout", "00:00:00.500"), .. settings,
        ]), upstream);
    }

    public static IHost Build(params (string Key, string? Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        foreach (var (key, value) in settings)
            builder.Configuration[key] = value;
        builder.AddModelProviders();
        return builder.Build();
    }

    public static CreateUpstreamJob Job(string tag = "ftjob-ours", string file = "file-missing") => new()
    {
        Model = "base-1m",
        TrainingFile = file,
        Suffix = "sfx",
        Seed = 7,
        EpochCount = 10,
        LearningRateMultiplier = 0.3,
        Metadata = new Dictionary<string, string> { ["fta_job"] = tag, ["fta_install"] = "test" },
    };

    public async Task<string> UploadAsync(string text = "{}\n")
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        return (await Client.UploadFileAsync(new MemoryStream(bytes), bytes.Length, "fta-0123456789abcdef-3.jsonl", "fine-tune", TestContext.Current.CancellationToken)).Id;
    }

    public async ValueTask DisposeAsync()
    {
        _host.Dispose();
        await Upstream.DisposeAsync();
    }
}
