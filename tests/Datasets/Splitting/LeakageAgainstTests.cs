using System.Net;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Tests.Cleaning;
using FineTuneAspire.ServiceDefaults.Json;

namespace FineTuneAspire.Datasets.Tests.Splitting;

public class LeakageAgainstTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    private static readonly SplitRequest AllTraining = new() { Train = 1, Validation = 0, Test = 0 };

    private static string[] Lines(GeneratedTexts texts, int count) => [.. Enumerable.Range(0, count).Select(_ => Cleaning.Recipes.Chat(string.Join(' ', texts.Words(30)), "yes"))];

    private static string Near(string line) => line.Replace("\"yes\"", "\"no\"");

    private async Task<string> UploadAsync(IEnumerable<string> lines) => (await service.UploadAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)))).Id;

    private async Task<DatasetVersionObject> CreateAsync(CreateDatasetRequest request)
    {
        var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/datasets", request);
        Assert.True(status == HttpStatusCode.OK, body);
        return await service.EndedAsync(JsonSerializer.Deserialize<DatasetObject>(body, WireJson.Options)!.Id, 1);
    }

    private async Task<string[]> PartAsync(string? file) => Encoding.UTF8.GetString(await service.ContentAsync(file!)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private async Task<DatasetProblem[]> LeaksAsync(DatasetVersionObject version) =>
        [.. (await service.GetAsync<DatasetReport>($"/v1/datasets/{version.DatasetId}/versions/1/report")).Problems.Where(problem => problem.Code == "leakage")];

    [Fact]
    public async Task What_another_dataset_holds_out_may_not_be_trained_on_and_what_it_trains_on_may_not_be_held_out()
    {
        var texts = new GeneratedTexts(11);
        var other = await CreateAsync(new CreateDatasetRequest { Name = "other", File = await UploadAsync(Lines(texts, 40)), Split = new SplitRequest { Train = 0.5, Validation = 0.25, Test = 0.25 } });
        var (trained, heldOut) = (await PartAsync(other.TrainingFile), await PartAsync(other.TestFile));
        var own = Lines(texts, 20);
        var against = new LeakageRequest { Against = [new VersionReference(other.DatasetId, 1)] };

        // Line 3 is held out there, line 5 is trained on there too, which is no leak.
        string[] training = [own[0], own[1], Near(heldOut[4]), own[2], Near(trained[0]), .. own[3..15]];
        string[] test = [own[15], trained[7], own[16], Near(heldOut[1])];
        var request = new CreateDatasetRequest { Name = "mine", File = await UploadAsync(training), TestFile = await UploadAsync(test), Split = AllTraining, Leakage = against };
        var rejected = await CreateAsync(request);
        Assert.Equal(("rejected", "leakage", 3), (rejected.Status, rejected.Error!.Code, rejected.Error.Line));
        var leakage = rejected.Leakage!;
        Assert.Equal((0, 0, 2), (leakage.NearDuplicates, leakage.Leaks, leakage.LeaksAgainst));
        Assert.Equal(against.Against, leakage.Against);
        var leaks = await LeaksAsync(rejected);
        Assert.Equal([(3, request.File), (2, request.TestFile)], leaks.Select(leak => (leak.Line!.Value, leak.File)));
        Assert.StartsWith($"The example, of the training part, resembles line 5 of the test part of {other.DatasetId} version 1 (", leaks[0].Message);
        Assert.StartsWith($"The example, of the test part, resembles line 8 of the training part of {other.DatasetId} version 1 (100%, directly or through others), so one", leaks[1].Message);

        var allowed = await CreateAsync(request with { Leakage = against with { Allow = true, Reason = "They are never compared." } });
        Assert.Equal(("validated", 2, "They are never compared."), (allowed.Status, allowed.Leakage!.LeaksAgainst, allowed.Leakage.AllowedBecause));
        Assert.All(await LeaksAsync(allowed), leak => Assert.Equal("warning", leak.Severity));

        var clean = await CreateAsync(request with { File = await UploadAsync([.. own[..15], Near(trained[0])]), TestFile = await UploadAsync([own[16], heldOut[1]]) });
        Assert.Equal(("validated", 0), (clean.Status, clean.Leakage!.LeaksAgainst));
    }

    [Fact]
    public async Task A_split_of_the_own_file_is_compared_as_it_is_dealt_out_and_children_are_compared_too()
    {
        var texts = new GeneratedTexts(12);
        var lines = Lines(texts, 40);
        var other = await CreateAsync(new CreateDatasetRequest { Name = "other", File = await UploadAsync(lines), Split = new SplitRequest { Train = 0.5, Validation = 0, Test = 0.5, Seed = 1 } });
        var leakage = new LeakageRequest { Allow = true, Reason = "To count.", Against = [new VersionReference(other.DatasetId, 1)] };
        var mine = await CreateAsync(new CreateDatasetRequest { Name = "mine", File = await UploadAsync(lines), Split = new SplitRequest { Train = 0.5, Validation = 0.5, Test = 0, Seed = 2 }, Leakage = leakage });
        var there = (await PartAsync(other.TrainingFile)).ToHashSet();
        var expected = (await PartAsync(mine.TrainingFile)).Count(line => !there.Contains(line)) + (await PartAsync(mine.ValidationFile)).Count(there.Contains);
        Assert.Equal(("validated", expected), (mine.Status, mine.Leakage!.LeaksAgainst));
        Assert.InRange(expected, 5, 35);

        var (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{mine.DatasetId}/versions", new CreateDatasetVersionRequest { Parent = 1, Leakage = leakage with { Allow = false, Reason = null } });
        Assert.True(status == HttpStatusCode.OK, body);
        var child = await service.EndedAsync(mine.DatasetId, 2);
        Assert.Equal(("rejected", expected), (child.Status, child.Leakage!.LeaksAgainst));
    }

    [Fact]
    public async Task A_version_that_is_not_there_is_named_whosever_it_is()
    {
        var other = await service.DatasetAsync(Validation.ChatFiles.Lines(12));
        var rejected = await service.DatasetAsync(Validation.ChatFiles.Lines(3));
        var file = await service.UploadAsync(Validation.ChatFiles.Lines(12), client: service.Second);
        async Task<string> RefusedAsync(string dataset, int version, HttpClient client, string id)
        {
            var request = new CreateDatasetRequest { Name = "x", File = id, Leakage = new LeakageRequest { Against = [new VersionReference(dataset, version)] } };
            var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/datasets", request, client);
            Assert.Equal((HttpStatusCode.BadRequest, "leakage.against[0]"), (status, JsonElement.Parse(body).GetProperty("error").GetProperty("param").GetString()));
            return body;
        }

        Assert.Equal((await RefusedAsync("ds_unknown", 1, service.Second, file.Id)).Replace("ds_unknown", other.DatasetId), await RefusedAsync(other.DatasetId, 1, service.Second, file.Id));
        Assert.Contains("is rejected, not validated", await RefusedAsync(rejected.DatasetId, 1, service.First, (await service.UploadAsync(Validation.ChatFiles.Lines(12))).Id));
    }
}
