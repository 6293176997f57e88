using System.Net;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Splitting;
using FineTuneAspire.Datasets.Tests.Cleaning;
using FineTuneAspire.ServiceDefaults.Json;

namespace FineTuneAspire.Datasets.Tests.Splitting;

public class StratifiedSplitTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    private static readonly ulong[] Rows = [.. Enumerable.Range(1, 1_000).Select(i => unchecked((ulong)i * 0x9E3779B97F4A7C15))];
    private static readonly int[] Labels = [.. Enumerable.Range(0, 1_000).Select(i => i % 100 < 2 ? 2 : i % 100 < 12 ? 1 : 0)];

    private static Part[] Deal(ulong[] groups, int[] labels, int seed, double train = 0.8, double validation = 0.1, double test = 0.1)
    {
        var split = new StratifiedSplit(groups, labels, new SplitRequest { Train = train, Validation = validation, Test = test }, seed, forTraining: 7);
        return [.. Enumerable.Range(0, groups.Length).Select(split.Of)];
    }

    private static int Count(Part[] parts, int[] labels, Part part, int label) => parts.Zip(labels).Count(row => row == (part, label));

    [Theory]
    [InlineData(0.8, 0.1, 0.1)]
    [InlineData(0.6, 0.25, 0.15)]
    [InlineData(0.5, 0.5, 0)]
    public void Each_part_has_its_share_of_each_label_to_within_two(double train, double validation, double test)
    {
        var parts = Deal(Rows, Labels, 3, train, validation, test);
        foreach (var label in new[] { 0, 1, 2 })
        {
            var total = Labels.Count(other => other == label);
            foreach (var (part, share) in new[] { (Part.Train, train), (Part.Validation, validation), (Part.Test, test) })
                Assert.InRange(Count(parts, Labels, part, label), share * total - 2, share * total + 2);
        }

        Assert.Equal(test * 1000, parts.Count(part => part == Part.Test), tolerance: 2);
    }

    [Fact]
    public void It_depends_on_the_seed_and_not_on_the_order_of_the_rows()
    {
        var first = Deal(Rows, Labels, 1);
        Assert.Equal(first, Deal(Rows, Labels, 1));
        Assert.NotEqual(first, Deal(Rows, Labels, 2));
        Assert.Equal(first.Reverse(), Deal([.. Rows.Reverse()], [.. Labels.Reverse()], 1));
    }

    [Fact]
    public void Groups_stay_whole_and_the_shares_of_labels_are_still_near()
    {
        var random = new Random(5);
        ulong[] groups = [.. Enumerable.Range(0, 3_000).Select(_ => 1_000UL + (ulong)Math.Sqrt(random.Next(40_000)))];
        int[] labels = [.. Enumerable.Range(0, 3_000).Select(_ => random.Next(10) == 0 ? 1 : 0)];
        var parts = Deal(groups, labels, 9);
        Assert.All(groups.Zip(parts).GroupBy(row => row.First), group => Assert.Single(group.Select(row => row.Second).Distinct()));
        foreach (var label in new[] { 0, 1 })
            Assert.Equal(0.1, Count(parts, labels, Part.Test, label) / (double)labels.Count(other => other == label), tolerance: 0.015);
    }

    [Fact]
    public void A_group_for_training_is_never_held_out()
    {
        ulong[] groups = [.. Enumerable.Range(0, 100).Select(i => i < 50 ? 7UL : (ulong)i)];
        var parts = Deal(groups, new int[100], 1, 0.2, 0.4, 0.4);
        Assert.All(parts.Take(50), part => Assert.Equal(Part.Train, part));
        Assert.Equal((10, 20, 20), (parts.Skip(50).Count(part => part == Part.Train), parts.Count(part => part == Part.Validation), parts.Count(part => part == Part.Test)));
    }

    private async Task<DatasetVersionObject> CreateAsync(IEnumerable<string> lines, SplitRequest split)
    {
        var file = await service.UploadAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/datasets", new CreateDatasetRequest { Name = "labels", File = file.Id, Split = split });
        Assert.True(status == HttpStatusCode.OK, body);
        return await service.EndedAsync(JsonSerializer.Deserialize<DatasetObject>(body, WireJson.Options)!.Id, 1);
    }

    [Fact]
    public async Task A_version_tells_what_each_part_got_of_each_label()
    {
        var texts = new GeneratedTexts(2);
        var lines = Enumerable.Range(0, 200).Select(i => Cleaning.Recipes.Chat(string.Join(' ', texts.Words(20)), i % 10 == 0 ? "rare" : "common ")).ToArray();
        var split = new SplitRequest { Train = 0.6, Validation = 0.2, Test = 0.2, Seed = 1, StratifyBy = "label" };
        var version = await CreateAsync(lines, split);
        Assert.Equal(("validated", split), (version.Status, version.Split));
        Assert.Equal([new LabelCounts("common", 108, 36, 36), new LabelCounts("rare", 12, 4, 4)], version.Labels);

        var free = await CreateAsync(Enumerable.Range(0, 120).Select(i => Cleaning.Recipes.Chat(string.Join(' ', texts.Words(20)), $"answer {i}")), split);
        Assert.Equal(("rejected", "Training file: The answers have more than 100 different texts, so they are no labels to stratify by. Map them with a recipe's step 'labels', or leave 'split.stratify_by' out."), (free.Status, free.Error!.Message));
    }
}
