using System.Text;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Tests.Validation;
using Microsoft.AspNetCore.Http;

namespace FineTuneAspire.Datasets.Tests.Collecting;

/// <summary>Against a store of our own that speaks the two operations; the requests are those of the real client.</summary>
public sealed class BucketImportTests : IClassFixture<BucketImportTests.Host>
{
    private readonly WebServer store;
    private readonly DatasetsService service;

    public BucketImportTests(Host host)
    {
        (store, service) = (host.Store, host.Service);
        store.Clear();
    }

    public sealed class Host : IAsyncLifetime
    {
        internal WebServer Store { get; private set; } = null!;
        internal DatasetsService Service { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Store = await WebServer.StartAsync();
            Service = await DatasetsService.StartAsync([
                ("Collecting:TrustedCertificates", Store.Certificate), ("Collecting:AllowedPrivateAddresses:0", Store.Authority), ("Collecting:RetryDelay", "00:00:00.010"),
                ("Collecting:PollEvery", "00:00:00.200"), ("Collecting:MaxObjects", "3"),
                .. Bucket("data", Store.Url("")), .. Bucket("closed", "https://localhost:1")]);
        }

        public async ValueTask DisposeAsync()
        {
            await Service.DisposeAsync();
            await Store.DisposeAsync();
        }
    }

    private static (string, string?)[] Bucket(string name, string endpoint) =>
    [
        ($"Collecting:Buckets:{name}:Endpoint", endpoint), ($"Collecting:Buckets:{name}:Bucket", "training-data"), ($"Collecting:Buckets:{name}:Project", "first"),
        ($"Collecting:Buckets:{name}:AccessKey", "the-access-key"), ($"Collecting:Buckets:{name}:SecretKey", "CANARY-secret-key"),
    ];

    private void List(params (string Key, int Size)[] objects) => store.On("/training-data/", Encoding.UTF8.GetBytes($"""
        <?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>training-data</Name><IsTruncated>false</IsTruncated>{
            string.Concat(objects.Select(one => $"<Contents><Key>{one.Key}</Key><LastModified>2026-11-01T00:00:00.000Z</LastModified><ETag>\"e\"</ETag><Size>{one.Size}</Size><StorageClass>STANDARD</StorageClass></Contents>"))
        }</ListBucketResult>
        """), "application/xml");

    private void Error(string path, int status, string code) => store.On(path, async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/xml";
        await context.Response.WriteAsync($"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no</Message></Error>");
    });

    [Fact]
    public async Task An_object_becomes_a_file_asked_for_with_the_keys_of_the_configuration()
    {
        var (lines, authorization) = (ChatFiles.Lines(50), "");
        store.On("/training-data/a/train.jsonl", async context =>
        {
            authorization = context.Request.Headers.Authorization.ToString();
            await context.Response.Body.WriteAsync(lines);
        });
        var import = await service.ImportAsync(new { type = "s3", bucket = "data", key = "a/train.jsonl" });
        Assert.Equal(("completed", null), (import.Status, import.Error));
        Assert.Equal("train.jsonl", (await service.GetAsync<FileObject>($"/v1/files/{import.Files.Single()}")).Filename);
        Assert.Equal(lines, await service.ContentAsync(import.Files.Single()));
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=the-access-key/", authorization);
        Assert.DoesNotContain("CANARY", System.Text.Json.JsonSerializer.Serialize(import));
    }

    [Fact]
    public async Task Every_object_under_a_prefix_becomes_a_file_of_one_import()
    {
        List(("a/", 0), ("a/one.jsonl", 10), ("a/two.jsonl", 10));
        store.On("/training-data/a/one.jsonl", ChatFiles.Lines(10)).On("/training-data/a/two.jsonl", ChatFiles.Lines(11));
        var import = await service.ImportAsync(new { type = "s3", bucket = "data", prefix = "a/" });
        Assert.Equal(("completed", null, 2, 2), (import.Status, import.Error, import.Files.Count, import.Progress.Pages));
        Assert.Equal(ChatFiles.Lines(11), await service.ContentAsync(import.Files[1]));
    }

    [Fact]
    public async Task A_failure_of_the_store_is_told_and_leaves_nothing()
    {
        var before = service.Objects().Length;
        Error("/training-data/missing", 404, "NoSuchKey");
        Error("/training-data/forbidden", 403, "AccessDenied");
        Error("/training-data/down", 503, "SlowDown");
        store.On("/training-data/cut", context =>
        {
            context.Response.ContentLength = 1_000_000;
            return context.Response.Body.WriteAsync(new byte[1000]).AsTask().ContinueWith(_ => context.Abort());
        });
        store.On("/training-data/moved", 307, ("Location", "https://169.254.169.254/"));
        Error("/training-data/", 404, "NoSuchBucket");
        foreach (var (key, code) in new[] { ("missing", "s3_error"), ("forbidden", "s3_error"), ("down", "s3_error"), ("moved", "redirect") })
            Assert.Equal((key, code), (key, (await service.ImportAsync(new { type = "s3", bucket = "data", key })).Error?.Code));
        // Whether the headers came before the break is the network's affair.
        Assert.Contains((await service.ImportAsync(new { type = "s3", bucket = "data", key = "cut" })).Error?.Code, new[] { "broken_off", "unreachable" });
        Assert.True(store.Count("/training-data/down") > 1 && store.Count("/training-data/cut") > 1);
        Assert.Equal("s3_error", (await service.ImportAsync(new { type = "s3", bucket = "data", prefix = "x" })).Error?.Code);
        List(("a", 1), ("b", 1), ("c", 1), ("d", 1));
        Assert.Equal("too_many_objects", (await service.ImportAsync(new { type = "s3", bucket = "data", prefix = "" })).Error?.Code);
        List();
        Assert.Equal("no_objects", (await service.ImportAsync(new { type = "s3", bucket = "data", prefix = "" })).Error?.Code);
        Assert.Equal(before, service.Objects().Length);
        Assert.Empty(service.Incoming());
    }

    [Fact]
    public async Task The_store_is_asked_through_the_guard() =>
        Assert.Equal("host_not_allowed", (await service.ImportAsync(new { type = "s3", bucket = "closed", key = "x" })).Error?.Code);

    [Fact]
    public async Task Another_projects_bucket_looks_as_if_there_were_none() =>
        Assert.Equal("bucket_not_allowed", (await service.RefusedAsync(new { type = "s3", bucket = "data", key = "x" }, service.Second)).Code);
}
