using System.Net;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Datasets.Tests.Validation;

namespace FineTuneAspire.Datasets.Tests.Catalog;

public class VersionTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    [Fact]
    public async Task A_child_keeps_its_parents_rows_in_their_parts()
    {
        await using var bus = await Listener.StartAsync(service.Bus);
        var parent = await service.DatasetAsync(ChatFiles.Lines(100), new SplitRequest { Seed = 3 });
        var child = await service.VersionAsync(parent.DatasetId, new CreateDatasetVersionRequest { Parent = 1, Note = "the same again" });

        Assert.Equal(("validated", 2, 1, "the same again", "first"), (child.Status, child.Version, child.Parent, child.Note, child.Author));
        Assert.Equal((parent.SplitCounts, parent.Split, parent.Format, parent.Tokens), (child.SplitCounts, child.Split, child.Format, child.Tokens));
        foreach (var (before, after) in new[] { (parent.TrainingFile, child.TrainingFile), (parent.ValidationFile, child.ValidationFile), (parent.TestFile, child.TestFile) })
            Assert.Equal(await service.ContentAsync(before!), await service.ContentAsync(after!));
        Assert.Equal(new DatasetVersionCreated(parent.DatasetId, 2, "first", 1, "first"), await bus.OneAsync<DatasetVersionCreated>(message => message.DatasetId == parent.DatasetId && message.Version == 2));
    }

    [Fact]
    public async Task A_child_with_a_split_of_its_own_deals_all_rows_out_again_and_keeps_groups_together()
    {
        var questions = Enumerable.Range(0, 60).Select(number => JsonSerializer.Serialize(new { passage = $"p{number / 3}", q = $"Which number stands at place {number} of the list?", a = $"It is {number * 7}." }));
        var parent = await service.DatasetAsync(Encoding.UTF8.GetBytes(string.Join('\n', questions)), new SplitRequest { Seed = 1 },
            import: new ImportRequest { Group = "passage", Template = new ImportTemplate { User = "{passage} {q}", Assistant = "{a}" } });
        Assert.Equal(("validated", 20), (parent.Status, parent.Groups));
        var child = await service.VersionAsync(parent.DatasetId, new CreateDatasetVersionRequest { Parent = 1, Split = new SplitRequest { Train = 0.5, Validation = 0.5, Test = 0, Seed = 2 } });

        Assert.Equal(("validated", 20, new SplitCounts(30, 30, 0)), (child.Status, child.Groups, child.SplitCounts));
        var (train, validation) = (await PassagesAsync(child.TrainingFile!), await PassagesAsync(child.ValidationFile!));
        Assert.Empty(train.Intersect(validation));
        Assert.Equal(20, train.Union(validation).Count());
    }

    [Fact]
    public async Task Versions_are_listed_and_numbered_without_gaps_when_asked_for_at_once()
    {
        var first = await service.DatasetAsync(ChatFiles.Lines(12));
        var file = await service.UploadAsync(ChatFiles.Lines(15));
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => service.VersionAsync(first.DatasetId, new CreateDatasetVersionRequest { File = file.Id })));

        var list = await service.GetAsync<DatasetVersionList>($"/v1/datasets/{first.DatasetId}/versions?limit=4");
        Assert.Equal("6 5 4 3", string.Join(' ', list.Data.Select(version => version.Version)));
        Assert.Equal((6, 3, true), (list.FirstId, list.LastId, list.HasMore));
        list = await service.GetAsync<DatasetVersionList>($"/v1/datasets/{first.DatasetId}/versions?after=3");
        Assert.Equal([2, 1], list.Data.Select(version => version.Version));
        Assert.False(list.HasMore);
        Assert.Equal(6, (await service.GetAsync<DatasetObject>($"/v1/datasets/{first.DatasetId}")).LatestVersion.Version);
    }

    [Theory]
    [InlineData("{}", "file")]
    [InlineData("""{"file": "file-x", "parent": 1}""", "parent")]
    [InlineData("""{"parent": 1, "test_file": "file-x"}""", "parent")]
    [InlineData("""{"parent": 7}""", "parent")]
    [InlineData("""{"file": "file-x"}""", "file")]
    [InlineData("""{"parent": 1, "split": {"train": 0.5}}""", "split")]
    [InlineData("""{"parent": 1, "note": "a\u0000b"}""", "note")]
    public async Task A_request_that_cannot_be_met_is_refused_by_its_field(string body, string param)
    {
        var dataset = await service.DatasetAsync(ChatFiles.Lines(12));
        var (status, answer) = await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{dataset.DatasetId}/versions", JsonDocument.Parse(body).RootElement);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(param, JsonDocument.Parse(answer).RootElement.GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task A_rejected_version_is_no_parent_and_another_projects_dataset_does_not_exist()
    {
        var bad = await service.DatasetAsync(ChatFiles.Lines(3));
        Assert.Equal("rejected", bad.Status);
        var (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{bad.DatasetId}/versions", new CreateDatasetVersionRequest { Parent = 1 });
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("version_not_validated", body);
        (status, _) = await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{bad.DatasetId}/versions", new CreateDatasetVersionRequest { Parent = 1 }, service.Second);
        Assert.Equal(HttpStatusCode.NotFound, status);
        (status, _) = await service.SendAsync(HttpMethod.Get, $"/v1/datasets/{bad.DatasetId}/versions", client: service.Second);
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    private async Task<string[]> PassagesAsync(string file) =>
        [.. Encoding.UTF8.GetString(await service.ContentAsync(file)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!.Split(' ')[0]).Distinct()];
}
