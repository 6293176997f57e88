using System.Text.Json.Nodes;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Pricing.Tests;

public sealed class BaseModelCatalogTests
{
    private static readonly BaseModelCatalog Shipped = BaseModelCatalog.Load();

    [Fact]
    public void The_shipped_file_says_what_training_costs_where_and_until_when()
    {
        Assert.Equal((new DateOnly(2026, 11, 22), "USD", 64), (Shipped.AsOf, Shipped.Currency, Shipped.Fingerprint.Length));
        var mini = Shipped.Find("gpt-4.1-mini-2025-04-14")!;
        Assert.Equal((5m, 0.8m, 0.2m, 3.2m), (mini.Prices.Training, mini.Prices.Input, mini.Prices.CachedInput, mini.Prices.Output));
        Assert.Equal((65_536, LongerExamples.Truncated, 10), (mini.Limits.TokensPerExample, mini.Limits.LongerExamples, mini.Limits.MinExamples));
        Assert.True(mini.IsTrainable(new DateOnly(2027, 1, 5)));
        Assert.False(mini.IsTrainable(new DateOnly(2027, 1, 6)));
        Assert.Equal("cl100k_base", Shipped.Find("gpt-3.5-turbo-0125")!.Encoding);

        var local = Shipped.Find("base-1m")!;
        Assert.Equal((0m, 512, LongerExamples.Refused), (local.Prices.Training, local.Limits.TokensPerExample, local.Limits.LongerExamples));
        Assert.True(local.IsTrainable(DateOnly.MaxValue));
        Assert.Null(Shipped.Find("gpt-6-luna"));
    }

    [Theory]
    [InlineData(1, 25)]
    [InlineData(5, 20)]
    [InlineData(10, 10)]
    [InlineData(33, 3)]
    [InlineData(34, 3)]
    [InlineData(8_333, 3)]
    [InlineData(8_334, 2)]
    [InlineData(12_501, 1)]
    [InlineData(2_000_000, 1)]
    public void The_cookbooks_epochs_see_some_100_to_25_000_examples(int examples, int epochs) => Assert.Equal(epochs, AutoEpochs.Cookbook.EpochsFor(examples));

    [Fact]
    public void Cost_is_price_times_tokens_times_epochs() =>
        // The Cookbook's toy file: 4,306 tokens, 20 epochs, 86,120 billed tokens.
        Assert.Equal(0.4306m, Shipped.Find("gpt-4.1-mini-2025-04-14")!.TrainingCost(tokensPerEpoch: 4_306, epochs: 20));

    [Fact]
    public void Training_by_the_hour_has_no_cost_by_the_token() => Assert.Null(Shipped.Find("o4-mini-2025-04-16")!.TrainingCost(1_000, 3));

    [Fact]
    public void OpenAI_cuts_longer_examples_at_its_limit_and_the_local_provider_cuts_none()
    {
        var limits = Shipped.Find("gpt-4.1-mini-2025-04-14")!.Limits;
        Assert.Equal(65_536, limits.CutAt);
        Assert.Equal((false, true), (limits.IsOver(65_536), limits.IsOver(65_537)));
        Assert.Null(Shipped.Find("base-1m")!.Limits.CutAt);
    }

    [Theory]
    [InlineData("""{"models/1/prices/training":-1}""", "models[1].prices.training: must be 0 or more, not -1.")]
    [InlineData("""{"models/1/prices/training":"5"}""", "$.models[1].prices.training: ")]
    [InlineData("""{"models/1/prices/training":null}""", "models[1].prices: give either 'training' or 'training_per_hour'.")]
    [InlineData("""{"models/1/prices/price":5}""", "'price'")]
    [InlineData("""{"models/2/limits/tokens_per_example":0}""", "models[2].limits.tokens_per_example: must be at least 1 (or null), not 0.")]
    [InlineData("""{"models/2/limits/longer_examples":"dropped"}""", "$.models[2].limits.longer_examples: ")]
    [InlineData("""{"models/2/auto_epochs":"guess"}""", "$.models[2].auto_epochs: ")]
    [InlineData("""{"models/2/methods":["rlhf"]}""", "models[2].methods: at least one of supervised, dpo, reinforcement, and nothing else.")]
    [InlineData("""{"models/2/accepts":["audio"]}""", "models[2].accepts: only names, tools, images.")]
    [InlineData("""{"models/2/id":"base-1m"}""", "models[2].id: 'base-1m' stands twice.")]
    [InlineData("""{"models/2/shutdown_date":"2026-01-01"}""", "models[2].shutdown_date: lies before 'training_ends'.")]
    [InlineData("""{"models/2/training_ends":"soon"}""", "$.models[2].training_ends: ")]
    [InlineData("""{"models/2":null}""", "models[2]: must be an object.")]
    [InlineData("""{"models":[]}""", "models: at least one is needed.")]
    [InlineData("""{"currency":"dollars"}""", "currency: 'dollars' is no ISO 4217 code such as USD.")]
    public void A_wrong_file_is_refused_naming_the_field(string change, string message)
    {
        var (path, value) = JsonNode.Parse(change)!.AsObject().Single();
        var file = JsonNode.Parse(File.ReadAllText(BaseModelCatalog.ShippedPath))!;
        Set(file, path.Split('/'), value?.DeepClone());
        var error = Assert.Throws<InvalidDataException>(() => BaseModelCatalog.Load(Write(file.ToJsonString())));
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void A_field_that_is_left_out_is_named()
    {
        var file = JsonNode.Parse(File.ReadAllText(BaseModelCatalog.ShippedPath))!;
        file["models"]![0]!["limits"]!.AsObject().Remove("min_examples");
        Assert.Contains("'min_examples'", Assert.Throws<InvalidDataException>(() => BaseModelCatalog.Load(Write(file.ToJsonString()))).Message);
    }

    [Fact]
    public void All_errors_of_a_file_are_told_at_once()
    {
        var file = JsonNode.Parse(File.ReadAllText(BaseModelCatalog.ShippedPath))!;
        (file["currency"], file["source"]) = ("$", " ");
        Assert.Equal(2, Assert.Throws<InvalidDataException>(() => BaseModelCatalog.Load(Write(file.ToJsonString()))).Message.Split('\n').Length);
    }

    [Fact]
    public void A_file_that_is_missing_is_named() => Assert.Contains("/nowhere/models.json", Assert.Throws<InvalidDataException>(() => BaseModelCatalog.Load("/nowhere/models.json")).Message);

    private static void Set(JsonNode node, string[] path, JsonNode? value)
    {
        var owner = path[..^1].Aggregate(node, (at, key) => (at is JsonArray list ? list[int.Parse(key)] : at[key])!);
        if (owner is JsonArray array)
            array[int.Parse(path[^1])] = value;
        else
            owner[path[^1]] = value;
    }

    private static string Write(string json)
    {
        var path = Path.Combine(TestFolder.Create("base-models"), "base-models.json");
        File.WriteAllText(path, json);
        return path;
    }
}
