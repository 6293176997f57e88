using System.Text.Json.Nodes;

namespace FineTuneAspire.LocalProvider.Tests.FineTuning;

public sealed class FineTuneTests
{
    [Fact]
    public async Task Trains_a_model_one_can_chat_with_and_shows_every_step()
    {
        await using var provider = Provider.Start();
        var training = await provider.UploadAsync(TinyModel.Examples(20));
        var validation = await provider.UploadAsync(TinyModel.Examples(5));
        var id = await provider.CreateJobAsync(training, new JsonObject
        {
            ["validation_file"] = validation,
            ["suffix"] = "Colour Names",
            ["seed"] = 7,
            ["method"] = JsonNode.Parse("""{"type":"supervised","supervised":{"hyperparameters":{"n_epochs":5,"batch_size":4,"learning_rate_multiplier":3}}}"""),
        });

        var job = await provider.WaitForEndAsync(id);

        Assert.Equal("succeeded", (string)job["status"]!);
        var model = (string)job["fine_tuned_model"]!;
        Assert.Equal($"ft:tiny:local:colour-names:{id[^12..]}", model);
    }
}
