using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Tests.Reports;

public partial class ReportTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    private static async Task<DatasetVersionObject> CreateAsync(DatasetsService at, byte[] bytes, string name = "reviews", string? method = null, SplitRequest? split = null)
    {
        var file = await at.UploadAsync(bytes);
        var (status, body) = await at.SendAsync(HttpMethod.Post, "/v1/datasets", new CreateDatasetRequest { Name = name, File = file.Id, Method = method, Split = split ?? new SplitRequest { Train = 1, Validation = 0, Test = 0 } });
        Assert.True(status == HttpStatusCode.OK, body);
        var id = JsonSerializer.Deserialize<DatasetObject>(body, WireJson.Options)!.Id;
        return await Eventually.Value(
            () => at.GetAsync<DatasetVersionObject>($"/v1/datasets/{id}/versions/1"), version => version.Status != "validating", TimeSpan.FromSeconds(60), "the version has ended");
    }

    private static string Url(DatasetVersionObject version) => $"/v1/datasets/{version.DatasetId}/versions/{version.Version}/report";

    private static async Task<(HttpResponseMessage Answer, string Body)> GetAsync(HttpClient client, string url, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (accept is not null)
            request.Headers.Add("Accept", accept);
        var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_report_has_the_figures_of_its_parts_and_the_rows_that_contradict_each_other()
    {
        var version = await CreateAsync(service, Reviews.File());
        var report = await service.GetAsync<DatasetReport>(Url(version));

        Assert.Equal(("ready", 23), (report.FiguresStatus, report.Figures!.Examples.Train));
        Assert.Equal(version.Leakage!.NearDuplicates, report.Figures.Duplicates.Near);
        var conflict = Assert.Single(report.Figures.Consistency.Conflicts);
        string Row(int line) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Reviews.Lines().ElementAt(line - 1))));
        Assert.Equal("good movie 1", conflict.Input);
        Assert.Equal([new("training", 1, Row(1), "positive"), new ConflictingRow("training", 20, Row(20), "negative")], conflict.Rows);
        Assert.Equal("conflicting_answers", report.Figures.Suggestions[0].Code);
        // As rows are addressed elsewhere.
        var (status, rows) = await service.SendAsync(HttpMethod.Get, $"/v1/datasets/{version.DatasetId}/versions/1/rows?limit=100");
        Assert.True(status == HttpStatusCode.OK && rows.Contains(conflict.Rows[1].Row, StringComparison.Ordinal), rows);
    }

    [Fact]
    public async Task Figures_are_computed_once_and_go_with_a_file_of_the_version()
    {
        var version = await CreateAsync(service, [.. Reviews.File(), .. ChatFiles.Lines(40)], split: new SplitRequest { Train = 0.8, Validation = 0.2, Test = 0 });
        var first = (await service.GetAsync<DatasetReport>(Url(version))).Figures!;
        await using var db = DatasetsService.Context(service.Database.ConnectionString);
        var kept = db.QualityReports.Where(report => report.DatasetId == version.DatasetId);
        var at = (await kept.SingleAsync(TestContext.Current.CancellationToken)).ComputedAt;
        Assert.Equal(JsonSerializer.Serialize(first), JsonSerializer.Serialize((await service.GetAsync<DatasetReport>(Url(version))).Figures));
        Assert.Equal(at, (await kept.AsNoTracking().SingleAsync(TestContext.Current.CancellationToken)).ComputedAt);

        await service.SendAsync(HttpMethod.Delete, $"/v1/files/{version.ValidationFile}");
        Assert.False(await kept.AnyAsync(TestContext.Current.CancellationToken));
        var after = await service.GetAsync<DatasetReport>(Url(version));
        Assert.Equal(("unavailable", null, "validated"), (after.FiguresStatus, after.Figures, after.Status));
    }

    [Fact]
    public async Task A_request_that_does_not_wait_gets_its_problems_and_the_next_one_the_figures()
    {
        await using var impatient = await DatasetsService.StartAsync(("Reports:WaitAtMost", "00:00:00"));
        var version = await CreateAsync(impatient, [.. ChatFiles.Lines(2_000), .. Encoding.UTF8.GetBytes(ChatFiles.Line(1))]);
        var (answer, body) = await GetAsync(impatient.First, Url(version));
        var report = JsonSerializer.Deserialize<DatasetReport>(body, WireJson.Options)!;
        Assert.Equal(("computing", null, "5"), (report.FiguresStatus, report.Figures, answer.Headers.RetryAfter?.ToString()));
        Assert.Contains(report.Problems, problem => problem.Code == "duplicate_line");
        report = await Eventually.Value(() => impatient.GetAsync<DatasetReport>(Url(version)), found => found.FiguresStatus == "ready", TimeSpan.FromSeconds(60), "the figures are kept");
        Assert.Equal((2_001, 1), (report.Figures!.Examples.Train, report.Figures.Duplicates.Exact));
    }

    [Fact]
    public async Task A_rejected_version_has_problems_and_no_figures()
    {
        var version = await CreateAsync(service, ChatFiles.WithTenth("{"u8));
        var report = await service.GetAsync<DatasetReport>(Url(version));
        Assert.Equal(("rejected", "unavailable", null, 1), (report.Status, report.FiguresStatus, report.Figures, report.ProblemCount));
        var (_, page) = await GetAsync(service.First, Url(version) + "?format=html");
        Assert.Contains("invalid_json", page);
        Assert.Contains("There are no figures: the version is rejected.", page);
    }

    [Theory]
    [InlineData("", null, "application/json")]
    [InlineData("", "*/*", "application/json")]
    [InlineData("", "application/json, text/html;q=0.9", "application/json")]
    [InlineData("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html")]
    [InlineData("?format=html", "application/json", "text/html")]
    [InlineData("?format=json", "text/html", "application/json")]
    public async Task The_page_is_for_browsers_and_for_who_asks(string query, string? accept, string type)
    {
        var version = await CreateAsync(service, ChatFiles.Lines(10));
        var (answer, body) = await GetAsync(service.First, Url(version) + query, accept);
        Assert.Equal((HttpStatusCode.OK, type, "Accept"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType, answer.Headers.Vary.ToString()));
        Assert.Equal(type == "text/html", body.StartsWith("<!DOCTYPE html>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_format_is_refused_and_another_projects_page_does_not_exist()
    {
        var version = await CreateAsync(service, ChatFiles.Lines(10));
        Assert.Equal(HttpStatusCode.BadRequest, (await service.SendAsync(HttpMethod.Get, Url(version) + "?format=pdf")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await service.SendAsync(HttpMethod.Get, Url(version) + "?format=html", client: service.Second)).Status);
    }

    [Fact]
    public async Task Nothing_that_a_dataset_says_becomes_markup_and_the_page_asks_for_nothing()
    {
        const string Hostile = "</td><script>alert(1)</script><img src=x onerror=alert(2)>\" onmouseover='x' {0} &amp; é مرحبا";
        var lines = Enumerable.Range(0, 12).Select(i => Reviews.Line($"{Hostile} {i / 2}", i % 2 == 0 ? "<b>yes</b>" : "'no' & \"never\"", $"{Hostile} system"));
        var version = await CreateAsync(service, Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n" + """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"<b>yes</b>"}],"<i>key</i>":1}"""), name: "<u>name</u> & more");
        var (answer, page) = await GetAsync(service.First, Url(version) + "?format=html");

        Assert.Contains("&lt;b&gt;yes&lt;/b&gt;", page);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page);
        Assert.Contains("&lt;u&gt;name&lt;/u&gt; &amp; more", page);
        Assert.Contains("&amp;amp; é مرحبا", page);
        foreach (var markup in new[] { "<script", "<img", "<b>", "<i>", "<u>", "onmouseover='", "http://", "https://", "url(", "@import", "<link", "<iframe" })
            Assert.DoesNotContain(markup, page, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        // Every element that is opened is closed, in order.
        var open = new Stack<string>();
        foreach (Match tag in Tag().Matches(page[page.IndexOf("<html", StringComparison.Ordinal)..]))
        {
            var name = tag.Groups[2].Value;
            if (tag.Value.EndsWith("/>", StringComparison.Ordinal) || name is "meta" or "br")
                continue;
            if (tag.Groups[1].Value == "/")
                Assert.Equal(open.Pop(), name);
            else
                open.Push(name);
        }

        Assert.Empty(open);
        Assert.Equal(Id().Matches(page).Count, Id().Matches(page).Select(match => match.Value).Distinct().Count());
    }

    [GeneratedRegex("<(/?)([a-z][a-z0-9]*)[^<>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(" id=\"[^\"]+\"")]
    private static partial Regex Id();
}
