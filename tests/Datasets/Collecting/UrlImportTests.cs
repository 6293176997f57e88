using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Collecting;

/// <summary>A host that may be read, and the service that may.</summary>
public sealed class ReadableHost : IAsyncLifetime
{
    internal WebServer Web { get; private set; } = null!;
    public DatasetsService Service { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Web = await WebServer.StartAsync();
        Service = await DatasetsService.StartAsync(Web.Allowed(("Storage:StallTimeout", "00:00:01"), ("Collecting:MaxFileBytes", "3000000"), ("Collecting:AnswerTimeout", "00:00:02")));
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Web.DisposeAsync();
    }
}

public sealed class UrlImportTests(ReadableHost host) : IClassFixture<ReadableHost>
{
    private static readonly byte[] Lines = ChatFiles.Lines(500);
    private readonly WebServer web = host.Web;
    private readonly DatasetsService service = host.Service;
    private readonly int before = host.Service.Objects().Length;

    private Task<ImportObject> ImportAsync(string path) => service.ImportAsync(new { type = "url", url = web.Url(path) });

    private async Task<string?> FailureAsync(string path)
    {
        var import = await ImportAsync(path);
        Assert.Equal(("failed", 0), (import.Status, import.Files.Count));
        await NothingIsLeftAsync();
        return import.Error!.Code;
    }

    private async Task NothingIsLeftAsync()
    {
        await Eventually.True(() => service.Incoming().Length == 0, because: "no temporary file is left");
        Assert.Equal(before, service.Objects().Length);
        Assert.Equal(before, await service.Database.ScalarAsync<long>("SELECT count(*) FROM (SELECT sha256 FROM files UNION SELECT manifest FROM dataset_versions WHERE manifest IS NOT NULL) AS kept"));
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    [Fact]
    public async Task A_file_elsewhere_becomes_a_file_object_that_a_dataset_takes()
    {
        web.On("/data/tr%C3%A4in.jsonl", Lines).On("/data/träin.jsonl", Lines);
        var import = await ImportAsync("/data/tr%C3%A4in.jsonl?version=2");
        Assert.Equal(("completed", Lines.Length, null), (import.Status, (int)import.Progress.Bytes, import.Error));
        var file = await service.GetAsync<FileObject>($"/v1/files/{Assert.Single(import.Files)}");
        Assert.Equal(("träin.jsonl", "fine-tune", Lines.Length), (file.Filename, file.Purpose, (int)file.Bytes));
        Assert.Equal(Lines, await service.ContentAsync(file.Id));
        Assert.Equal("FineTuneAspire/1.0", Assert.Single(web.Requests, request => request.Path.EndsWith("version=2")).UserAgent);

        var dataset = await service.SendAsync(HttpMethod.Post, "/v1/datasets", new CreateDatasetRequest { Name = "imported", File = file.Id });
        Assert.Equal(HttpStatusCode.OK, dataset.Status);
        var made = JsonSerializer.Deserialize<DatasetObject>(dataset.Body, WireJson.Options)!;
        Assert.Equal("validated", (await service.EndedAsync(made.Id, 1)).Status);
    }

    [Theory]
    [InlineData("attachment; filename=\"../../etc/passwd\"", "passwd")]
    [InlineData("attachment; filename*=UTF-8''..%5C..%5Cgr%C3%B6%C3%9Fe.jsonl", "größe.jsonl")]
    [InlineData("attachment; filename=\"..\"", "upload")]
    [InlineData("nonsense; ;;=", "named.jsonl")]
    public async Task The_name_that_a_host_gives_is_only_text(string disposition, string expected)
    {
        web.On("/named.jsonl", Lines, headers: ("Content-Disposition", disposition));
        var import = await ImportAsync("/named.jsonl");
        Assert.Equal(expected, (await service.GetAsync<FileObject>($"/v1/files/{import.Files.Single()}")).Filename);
        Assert.All(service.Objects(), stored => Assert.Matches("^[0-9a-f]{64}$", stored));
    }

    [Fact]
    public async Task A_packed_answer_is_kept_unpacked()
    {
        web.On("/gzip", Gzip(Lines), headers: ("Content-Encoding", "gzip"));
        Assert.Equal(Lines, await service.ContentAsync((await ImportAsync("/gzip")).Files.Single()));
    }

    [Fact]
    public async Task A_bomb_an_archive_and_what_is_packed_otherwise_are_refused_and_leave_nothing()
    {
        var zeros = new byte[20_000_000];
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
            archive.CreateEntry("train.jsonl").Open().Dispose();
        var packed = Gzip(Lines);
        web.On("/bomb", Gzip(zeros), headers: ("Content-Encoding", "gzip"))
            .On("/brotli", Lines, headers: ("Content-Encoding", "br"))
            .On("/nested", Gzip(Gzip(Lines)), headers: ("Content-Encoding", "gzip"))
            .On("/nested-zip", Gzip(zip.ToArray()), headers: ("Content-Encoding", "gzip"))
            .On("/twice", Gzip(Gzip(Lines)), headers: ("Content-Encoding", "gzip, gzip"))
            .On("/zip", zip.ToArray())
            .On("/gz", packed)
            .On("/zstd", Lines, headers: ("Content-Encoding", "zstd"))
            .On("/not-packed", Lines, headers: ("Content-Encoding", "gzip"))
            .On("/half", packed[..(packed.Length / 2)], headers: ("Content-Encoding", "gzip"))
            .On("/half-end", packed[..^3], headers: ("Content-Encoding", "gzip"))
            .On("/trailing", [.. packed, 1], headers: ("Content-Encoding", "gzip"))
            .On("/empty", []);
        var codes = new List<string?>();
        foreach (var path in new[] { "/bomb", "/brotli", "/nested", "/nested-zip", "/twice", "/zip", "/gz", "/zstd", "/not-packed", "/half", "/half-end", "/trailing", "/empty" })
            codes.Add(await FailureAsync(path));
        Assert.Equal(["decompression_bomb", "content_encoding", "archive", "archive", "content_encoding", "archive", "archive", "content_encoding", "content_encoding", "content_encoding", "content_encoding", "content_encoding", "empty"], codes);
    }

    [Fact]
    public async Task A_file_over_the_limit_is_given_up_where_it_shows()
    {
        var aborted = new TaskCompletionSource();
        web.On("/endless-blocks", async context =>
        {
            context.RequestAborted.Register(() => aborted.TrySetResult());
            var block = RandomNumberGenerator.GetBytes(100_000);
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
        });
        Assert.Equal("too_large", await FailureAsync("/endless-blocks"));
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        web.On("/moved", 302, ("Location", web.Url("/secret"))).On("/private", 307, ("Location", "https://169.254.169.254/latest/meta-data/")).On("/secret", Lines);
        Assert.Equal("redirect", await FailureAsync("/moved"));
        Assert.Equal("redirect", await FailureAsync("/private"));
        Assert.Equal(0, web.Count("/secret"));
    }

    [Fact]
    public async Task What_may_pass_is_tried_again_and_what_will_not_is_not()
    {
        var tries = 0;
        web.On("/gone", 404).On("/down", 503).On("/limited", 429, ("Retry-After", "3600")).On("/mended", async context =>
        {
            // An answer that breaks off, one that stalls, one that comes too late, and one that is whole.
            var attempt = Interlocked.Increment(ref tries);
            context.Response.ContentLength = Lines.Length;
            if (attempt < 4)
                await context.Response.Body.WriteAsync(Lines.AsMemory(0, 5_000), context.RequestAborted);
            if (attempt == 1)
                context.Abort();
            else if (attempt < 4)
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            else
                await context.Response.Body.WriteAsync(Lines, context.RequestAborted);
        });
        Assert.Equal("http_404", await FailureAsync("/gone"));
        Assert.Equal("http_503", await FailureAsync("/down"));
        Assert.Equal("http_429", await FailureAsync("/limited"));
        Assert.Equal((1, 4, 1), (web.Count("/gone"), web.Count("/down"), web.Count("/limited")));

        var import = await ImportAsync("/mended");
        Assert.Equal(("completed", Lines.Length), (import.Status, (int)import.Progress.Bytes));
        Assert.Equal(Lines, await service.ContentAsync(import.Files.Single()));
        await Eventually.True(() => service.Incoming().Length == 0, because: "no temporary file is left");
    }

    [Fact]
    public async Task A_cancelled_import_stops_and_leaves_nothing()
    {
        var aborted = new TaskCompletionSource();
        web.On("/endless", async context =>
        {
            context.RequestAborted.Register(() => aborted.TrySetResult());
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(new byte[8_000].AsMemory(), context.RequestAborted);
                await Task.Delay(50, context.RequestAborted);
            }
        });
        var import = await service.AskAsync(new { type = "url", url = web.Url("/endless") });
        await Eventually.True(async () => (await service.GetAsync<ImportObject>($"/v1/imports/{import.Id}")) is { Status: "running", Progress.Bytes: > 0 }, because: "its progress shows");
        Assert.Equal(HttpStatusCode.OK, (await service.SendAsync(HttpMethod.Post, $"/v1/imports/{import.Id}/cancel")).Status);

        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("cancelled", (await service.EndedAsync(import.Id)).Status);
        await NothingIsLeftAsync();
        var (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/imports/{import.Id}/cancel");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("import_ended", body);
    }

    [Fact]
    public async Task A_host_whose_certificate_is_not_trusted_is_not_read()
    {
        await using var stranger = await WebServer.StartAsync();
        stranger.On("/file", Lines);
        await using var own = await DatasetsService.StartAsync(web.Allowed(("Collecting:AllowedHosts:1", stranger.Authority), ("Collecting:AllowedPrivateAddresses:1", stranger.Authority)));
        var import = await own.ImportAsync(new { type = "url", url = stranger.Url("/file") });
        Assert.Equal(("failed", "unreachable"), (import.Status, import.Error!.Code));
        Assert.Contains("certificate", import.Error.Message);
        Assert.Empty(stranger.Requests);
    }

    [Fact]
    public async Task A_private_address_behind_an_allowed_name_is_not_connected_to()
    {
        await using var own = await DatasetsService.StartAsync(("Collecting:AllowedHosts:0", web.Authority), ("Collecting:TrustedCertificates", web.Certificate));
        var import = await own.ImportAsync(new { type = "url", url = web.Url("/never") });
        Assert.Equal(("failed", "host_not_allowed"), (import.Status, import.Error!.Code));
        Assert.Equal(0, web.Count("/never"));
    }

    [Fact]
    public async Task Without_an_entry_in_the_settings_nothing_may_be_imported_and_the_error_names_the_setting()
    {
        await using var closed = await DatasetsService.StartAsync();
        Assert.Equal(
            (HttpStatusCode.BadRequest, "source.url", "host_not_allowed", "The host 'example.org' on port 443 is not allowed. An operator can add 'example.org' to the setting Collecting:AllowedHosts."),
            await closed.RefusedAsync(new { type = "url", url = "https://example.org/x" }));
        Assert.Equal("folder_not_allowed", (await closed.RefusedAsync(new { type = "folder", folder = "in", path = "x" })).Code);
        Assert.Equal("bucket_not_allowed", (await closed.RefusedAsync(new { type = "s3", bucket = "b", key = "x" })).Code);
        Assert.Equal("host_not_allowed", (await closed.RefusedAsync(new { type = "web", urls = new[] { "https://example.org/" } })).Code);
    }

    [Theory]
    [InlineData("""{"source":{"type":"ftp","url":"https://x"}}""", "source.type")]
    [InlineData("""{"source":{"type":"url"}}""", "source.url")]
    [InlineData("""{"source":{"type":"url","url":"not an address"}}""", "source.url")]
    [InlineData("""{"source":{"type":"url","url":"file:///etc/passwd"}}""", "source.url")]
    [InlineData("""{"source":{"type":"url","url":"http://localhost/"}}""", "source.url")]
    [InlineData("""{"source":{"type":"url","url":"https://localhost/","path":"/etc/passwd"}}""", "source.path")]
    [InlineData("""{"source":{"type":"web"}}""", "source")]
    [InlineData("""{"source":{"type":"web","urls":[]}}""", "source.urls")]
    [InlineData("""{"source":{"type":"web","urls":[null]}}""", "source.urls[0]")]
    [InlineData("""{"source":{"type":"web","urls":["https://x.test/"],"sitemap":"https://x.test/"}}""", "source")]
    [InlineData("""{"source":{"type":"url","url":"https://localhost/"},"purpose":"fine-tune-results"}""", "purpose")]
    [InlineData("""{"source":{"type":"url","url":"https://localhost/"},"project":"second"}""", "project")]
    public async Task A_bad_request_is_refused_naming_the_field(string body, string param)
    {
        using var answer = await service.First.PostAsync("/v1/imports", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        using var error = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.BadRequest, param), (answer.StatusCode, error.RootElement.GetProperty("error").GetProperty("param").GetString()));
    }

    [Fact]
    public async Task Another_projects_import_does_not_exist()
    {
        web.On("/file", Lines);
        var import = await ImportAsync("/file");
        Assert.Equal(HttpStatusCode.NotFound, (await service.SendAsync(HttpMethod.Get, $"/v1/imports/{import.Id}", client: service.Second)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await service.SendAsync(HttpMethod.Post, $"/v1/imports/{import.Id}/cancel", client: service.Second)).Status);
        Assert.Equal(import.Id, (await service.GetAsync<ImportList>("/v1/imports")).FirstId);
        using var others = await service.Second.GetAsync("/v1/imports");
        Assert.Empty((await DatasetsService.ReadAsync<ImportList>(others)).Data);
    }
}
