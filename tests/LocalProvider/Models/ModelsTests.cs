using System.Net;
using System.Text.Json.Nodes;
using FineTuneAspire.LocalProvider.Models;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.LocalProvider.Tests.Models;

public sealed class ModelsTests
{
    [Fact]
    public async Task Shows_a_base_model_that_the_user_has_put_into_the_folder_and_refuses_to_delete_it()
    {
        await using var provider = Provider.Start();
        var model = await provider.GetAsync("models/tiny");
        Assert.Equal($$"""{"id":"tiny","object":"model","created":{{(long)model["created"]!}},"owned_by":"system"}""", model.ToJsonString());
        Assert.Contains("tiny", (await provider.GetAsync("models"))["data"]!.AsArray().Select(one => (string)one!["id"]!));

        var refused = await provider.Http.DeleteAsync("models/tiny");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        await provider.GetAsync("models/tiny");
    }

    [Fact]
    public async Task Answers_404_for_an_unknown_model_in_openais_words()
    {
        await using var provider = Provider.Start();
        var response = await provider.Http.GetAsync("models/fake_id");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"error":{"message":"The model 'fake_id' does not exist","type":"invalid_request_error","param":"model","code":"model_not_found"}}"""),
            JsonNode.Parse(await response.Content.ReadAsStringAsync())));
    }

    [Fact]
    public async Task Deletes_a_tuned_model_with_its_weights_and_keeps_its_checkpoints()
    {
        await using var provider = Provider.Start();
        var id = await provider.CreateJobAsync(await provider.UploadAsync(TinyModel.Examples(10)), new JsonObject { ["hyperparameters"] = new JsonObject { ["n_epochs"] = 2, ["batch_size"] = 16 } });
        var model = (string)(await provider.WaitForEndAsync(id))["fine_tuned_model"]!;

        var deleted = await provider.Http.DeleteAsync($"models/{Uri.EscapeDataString(model)}");

        Assert.Equal($$"""{"id":"{{model}}","object":"model","deleted":true}""", await deleted.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await provider.Http.DeleteAsync($"models/{model}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await provider.SendAsync("chat/completions", $$"""{"model":"{{model}}","messages":[{"role":"user","content":"a"}]}""")).StatusCode);
        Assert.Equal(["step-1"], Directory.GetDirectories(Path.Combine(provider.Folder, "tuned", id)).Select(Path.GetFileName));
        await provider.PostAsync("chat/completions", $$"""{"model":"{{model}}:ckpt-step-1","messages":[{"role":"user","content":"a"}],"max_tokens":1}""");
    }

    [Fact]
    public async Task Keeps_the_most_recently_used_models_in_memory()
    {
        var folder = FineTuneAspire.TestKit.TestFolder.Create("cache");
        var models = new[] { "a", "b", "c" }.ToDictionary(name => name, name => new KnownModel(name, Path.Combine(folder, name), name, IsTuned: false, 0));
        foreach (var model in models.Values)
            TinyModel.CopyTo(model.Folder);
        var cache = new ModelCache(Options.Create(new ModelCacheOptions { Capacity = 2 }));

        var a = await cache.GetAsync(models["a"], CancellationToken.None);
        var b = await cache.GetAsync(models["b"], CancellationToken.None);
        Assert.Same(a, await cache.GetAsync(models["a"], CancellationToken.None));
        await cache.GetAsync(models["c"], CancellationToken.None);

        Assert.Same(a, await cache.GetAsync(models["a"], CancellationToken.None));
        Assert.NotSame(b, await cache.GetAsync(models["b"], CancellationToken.None));
    }

    [Fact]
    public async Task A_load_that_failed_is_tried_again()
    {
        var folder = FineTuneAspire.TestKit.TestFolder.Create("broken");
        var model = new KnownModel("m", Path.Combine(folder, "m"), "m", IsTuned: false, 0);
        var cache = new ModelCache(Options.Create(new ModelCacheOptions()));
        await Assert.ThrowsAnyAsync<IOException>(() => cache.GetAsync(model, CancellationToken.None));
        TinyModel.CopyTo(model.Folder);
        Assert.Equal(TinyModel.Context, (await cache.GetAsync(model, CancellationToken.None)).Config.ContextLength);
    }
}
