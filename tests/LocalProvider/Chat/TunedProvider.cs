using System.Text.Json.Nodes;

namespace FineTuneAspire.LocalProvider.Tests.Chat;

/// <summary>A provider with a tiny model that has learnt to answer one question with one word.</summary>
public sealed class TunedProvider : IAsyncLifetime
{
    public Provider Provider { get; } = Provider.Start();
    public string Model { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var file = await Provider.UploadAsync(string.Concat(Enumerable.Repeat("""{"messages":[{"role":"user","content":"sky?"},{"role":"assistant","content":"blue as ever"}]}""" + "\n", 16)));
        var job = await Provider.WaitForEndAsync(await Provider.CreateJobAsync(file, new JsonObject
        {
            ["hyperparameters"] = new JsonObject { ["n_epochs"] = 50, ["batch_size"] = 4, ["learning_rate_multiplier"] = 10 },
        }));
        Model = (string)job["fine_tuned_model"]!;
    }

    public ValueTask DisposeAsync() => Provider.DisposeAsync();
}
