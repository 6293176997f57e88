using System.Net;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Splitting;

public sealed class LeakageTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    private static readonly string[] Words = "amber birch canal delta ember fjord grove haven inlet jetty kiosk ledge mango nylon oasis pearl quilt river slate tulip umbra vigil wheat xenon yacht zebra".Split(' ');

    /// <summary>Twenty words that depend on the number alone; variants differ in the last one.</summary>
    private static string Sentence(int number, int variant = 0)
    {
        var state = (uint)number * 2654435761u + 12345;
        var words = Enumerable.Range(0, 20).Select(_ => Words[(state = state * 1664525 + 1013904223) / 65536 % (uint)Words.Length]).ToArray();
        return string.Join(' ', words[..19]) + (variant == 0 ? "" : $" variant{variant}");
    }

    private static string Line(string question, string answer) => JsonSerializer.Serialize(new
    {
        messages = new[] { new { role = "system", content = "Answer in one word." }, new { role = "user", content = question }, new { role = "assistant", content = answer } },
    });

    private async Task<string> UploadAsync(IEnumerable<string> lines) => (await service.UploadAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)))).Id;

    private async Task<(DatasetVersionObject Version, DatasetReport Report)> CreateAsync(CreateDatasetRequest request)
    {
        var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/datasets", request);
        Assert.True(status == HttpStatusCode.OK, body);
        var id = JsonSerializer.Deserialize<DatasetObject>(body, WireJson.Options)!.Id;
        var version = await Eventually.Value(
            () => service.GetAsync<DatasetVersionObject>($"/v1/datasets/{id}/versions/1"), version => version.Status != "validating", TimeSpan.FromSeconds(60), "the version has ended");
        return (version, await service.GetAsync<DatasetReport>($"/v1/datasets/{id}/versions/1/report"));
    }

    private async Task<string[]> LinesAsync(string? file) => Encoding.UTF8.GetString(await service.ContentAsync(file!)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public async Task Examples_that_resemble_each_other_stay_in_one_part_and_are_reported()
    {
        var file = await UploadAsync(Enumerable.Range(0, 60).SelectMany(i => new[] { Line(Sentence(i, 1), $"a{i}"), Line(Sentence(i, 2), $"a{i}") }));
        var (version, report) = await CreateAsync(new CreateDatasetRequest { Name = "alike", File = file, Split = new SplitRequest { Train = 0.5, Validation = 0.25, Test = 0.25 } });

        Assert.Equal(("validated", 60, new LeakageObject(60, 0, null)), (version.Status, version.Groups, version.Leakage));
        var parts = new[] { await LinesAsync(version.TrainingFile), await LinesAsync(version.ValidationFile), await LinesAsync(version.TestFile) };
        Assert.Equal(120, parts.Sum(part => part.Length));
        Assert.Equal(60, parts.Sum(part => part.Select(line => line.Split(" variant")[0]).Distinct().Count()));
        Assert.All(report.Problems, problem => Assert.Equal(("near_duplicate", "warning", 0), (problem.Code, problem.Severity, problem.Line % 2)));
        Assert.StartsWith("The example resembles line 1 (", report.Problems[0].Message);
    }

    [Fact]
    public async Task A_test_file_that_resembles_the_training_file_rejects_the_version_row_by_row_unless_it_is_allowed_with_a_reason()
    {
        var (file, test) = (await UploadAsync(Enumerable.Range(0, 20).Select(i => Line(Sentence(i), $"a{i}"))),
            await UploadAsync([Line(Sentence(100), "x"), Line(Sentence(7, 3), "a7"), Line(Sentence(101), "y"), Line(Sentence(12), "a12")]));
        var request = new CreateDatasetRequest { Name = "leaky", File = file, TestFile = test, Split = new SplitRequest { Train = 1, Validation = 0, Test = 0 } };

        var (rejected, report) = await CreateAsync(request);
        Assert.Equal(("rejected", "leakage", 2, new LeakageObject(0, 2, null)), (rejected.Status, rejected.Error!.Code, rejected.Error.Line, rejected.Leakage));
        Assert.Equal([(2, test, "error"), (4, test, "error")], report.Problems.Where(problem => problem.Code == "leakage").Select(problem => (problem.Line!.Value, problem.File!, problem.Severity)));
        Assert.Contains("resembles line 8 of the training file (", report.Problems.First(problem => problem.Code == "leakage").Message);

        var (allowed, told) = await CreateAsync(request with { Leakage = new LeakageRequest { Allow = true, Reason = "The same people write both." } });
        Assert.Equal(("validated", new SplitCounts(20, 0, 4), new LeakageObject(0, 2, "The same people write both.")), (allowed.Status, allowed.SplitCounts, allowed.Leakage));
        Assert.Equal(2, told.Problems.Count(problem => problem is { Code: "leakage", Severity: "warning" }));
    }

    [Fact]
    public async Task A_long_instruction_that_all_examples_share_does_not_make_them_alike()
    {
        var instruction = $"Read this carefully. {Sentence(500)}. {Sentence(501)}. The text: ";
        var file = await UploadAsync(Enumerable.Range(0, 40).Select(i => Line(instruction + string.Join(' ', Sentence(i).Split(' ')[..6]), $"a{i}")));
        var (version, _) = await CreateAsync(new CreateDatasetRequest { Name = "instructed", File = file });
        Assert.Equal(("validated", 40, new LeakageObject(0, 0, null)), (version.Status, version.Groups, version.Leakage));
    }

    [Fact]
    public async Task Equal_examples_without_a_word_leak_too_and_different_ones_do_not()
    {
        static string Signs(int number) => string.Concat(Enumerable.Range(0, 5).Select(i => char.ConvertFromUtf32(0x1F600 + (number >> i & 1) * 16 + i)));
        var (file, test) = (await UploadAsync(Enumerable.Range(0, 20).Select(i => Line(Signs(i), "!"))), await UploadAsync([Line(Signs(21), "!"), Line(Signs(5), "!")]));
        var (version, report) = await CreateAsync(new CreateDatasetRequest { Name = "signs", File = file, TestFile = test, Split = new SplitRequest { Train = 1, Validation = 0, Test = 0 } });
        Assert.Equal(("rejected", new LeakageObject(0, 1, null)), (version.Status, version.Leakage));
        Assert.Equal(2, report.Problems.Single(problem => problem.Code == "leakage").Line);
    }

    [Fact]
    public async Task Leaks_are_not_allowed_without_a_reason()
    {
        var request = new CreateDatasetRequest { Name = "x", File = await UploadAsync([Line("a", "b")]), Leakage = new LeakageRequest { Allow = true } };
        var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/datasets", request);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("leakage.reason", body);
    }
}
