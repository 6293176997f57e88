using System.Net;
using System.Security.Cryptography;
using System.Text;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Tests.Validation;

namespace FineTuneAspire.Datasets.Tests.Rows;

public class RowTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    [Fact]
    public async Task Rows_are_paged_in_their_order_with_hash_place_and_content()
    {
        // The last two lines are equal.
        var version = await service.DatasetAsync([.. ChatFiles.Lines(40), .. ChatFiles.Lines(1, first: 40)], new SplitRequest { Train = 1, Validation = 0, Test = 0 });
        var lines = Encoding.UTF8.GetString(await service.ContentAsync(version.TrainingFile!)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var rows = new List<DatasetRow>();
        string? after = null;
        do
        {
            var page = await service.GetAsync<DatasetRowList>($"{Url(version)}/rows?limit=7" + (after is null ? "" : $"&after={after}"));
            Assert.Equal(page.HasMore, page.NextAfter is not null);
            rows.AddRange(page.Data);
            after = page.NextAfter;
        }
        while (after is not null);

        Assert.Equal(lines, rows.Select(row => row.Content!.Value.GetRawText()));
        Assert.Equal(lines.Select(line => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line)))), rows.Select(row => row.Id));
        Assert.Equal(Enumerable.Range(1, 41), rows.Select(row => row.Line));
        Assert.Equal(rows[39].Id, rows[40].Id);
        Assert.All(rows, row => Assert.Equal("training", row.Part));
        Assert.Empty((await service.GetAsync<DatasetRowList>($"{Url(version)}/rows?part=test")).Data);
    }

    [Theory]
    [InlineData("rows?part=train", "part")]
    [InlineData("rows?limit=0", "limit")]
    [InlineData("rows?after=x", "after")]
    [InlineData("rows?after=1-5", "after")]
    [InlineData("diff?change=other", "change")]
    [InlineData("diff?from=1&after=zz", "after")]
    [InlineData("diff", "from")]
    public async Task A_question_that_has_no_answer_is_refused_by_its_field(string query, string param)
    {
        var version = await service.DatasetAsync(ChatFiles.Lines(12));
        var (status, body) = await service.SendAsync(HttpMethod.Get, $"{Url(version)}/{query}");
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, body.Contains($"\"param\":\"{param}\"")));
    }

    [Fact]
    public async Task A_diff_counts_and_shows_what_came_went_and_moved()
    {
        var version = await service.DatasetAsync(ChatFiles.Lines(30), new SplitRequest { Train = 1, Validation = 0, Test = 0 });
        // Without lines 1 to 5, with five new ones and one of the old twice.
        var file = await service.UploadAsync([.. ChatFiles.Lines(30, first: 6), .. ChatFiles.Lines(1, first: 20)]);
        var second = await service.VersionAsync(version.DatasetId, new CreateDatasetVersionRequest { File = file.Id, Split = new SplitRequest { Train = 1, Validation = 0, Test = 0 } });
        var diff = await service.GetAsync<DatasetDiff>($"{Url(second)}/diff?limit=100");

        Assert.Equal((1, 2, 6, 5, 0, 25, false), (diff.From, diff.To, diff.Added, diff.Removed, diff.Moved, diff.Unchanged, diff.HasMore));
        Assert.Equal([.. Enumerable.Range(31, 5).Append(20).Select(ChatFiles.Line).Order()], diff.Data.Where(change => change.Change == "added").Select(change => change.Row.Content!.Value.GetRawText()).Order());
        Assert.Equal([.. Enumerable.Range(1, 5).Select(ChatFiles.Line).Order()], diff.Data.Where(change => change.Change == "removed").Select(change => change.Row.Content!.Value.GetRawText()).Order());

        var paged = new List<DatasetChange>();
        for (string? after = null; ;)
        {
            var page = await service.GetAsync<DatasetDiff>($"{Url(second)}/diff?limit=4&change=added" + (after is null ? "" : $"&after={after}"));
            Assert.Equal((6, 5), (page.Added, page.Removed));
            paged.AddRange(page.Data);
            if (page.NextAfter is null)
                break;
            after = page.NextAfter;
        }

        Assert.Equal(diff.Data.Where(change => change.Change == "added").Select(change => change.Row.Id), paged.Select(change => change.Row.Id));

        var third = await service.VersionAsync(version.DatasetId, new CreateDatasetVersionRequest { Parent = 1, Split = new SplitRequest { Train = 0.5, Validation = 0, Test = 0.5 } });
        diff = await service.GetAsync<DatasetDiff>($"{Url(third)}/diff?limit=100");
        Assert.Equal((1, 3, 0, 0, 15, 15), (diff.From, diff.To, diff.Added, diff.Removed, diff.Moved, diff.Unchanged));
        Assert.All(diff.Data, change => Assert.Equal(("moved", "training", "test"), (change.Change, change.FromPart, change.Row.Part)));
    }

    private static string Url(DatasetVersionObject version) => $"/v1/datasets/{version.DatasetId}/versions/{version.Version}";
}
