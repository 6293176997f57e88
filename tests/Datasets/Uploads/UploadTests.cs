using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.ServiceDefaults.Json;
using Microsoft.Extensions.DependencyInjection;

namespace FineTuneAspire.Datasets.Tests.Uploads;

public sealed class UploadTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    private async Task<UploadObject> CreateAsync(long bytes) =>
        await PostAsync<UploadObject>("/v1/uploads", new CreateUploadRequest { Filename = "big.jsonl", Purpose = "fine-tune", Bytes = bytes, MimeType = "application/jsonl" });

    private async Task<T> PostAsync<T>(string url, object? body)
    {
        var (status, text) = await service.SendAsync(HttpMethod.Post, url, body);
        Assert.True(status == HttpStatusCode.OK, text);
        return JsonSerializer.Deserialize<T>(text, WireJson.Options)!;
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> SendPartAsync(string upload, byte[] bytes, string field = "data", HttpClient? client = null)
    {
        using var form = new MultipartFormDataContent();
        var data = new ByteArrayContent(bytes);
        data.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        form.Add(data, field, "blob");
        using var answer = await (client ?? service.First).PostAsync($"/v1/uploads/{upload}/parts", form);
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.Clone());
    }

    private async Task<string> PartAsync(string upload, byte[] bytes)
    {
        var (status, body) = await SendPartAsync(upload, bytes);
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        return body.GetProperty("id").GetString()!;
    }

    private async Task<(HttpStatusCode Status, string Message, string? Param)> RefusedAsync(string url, object? body)
    {
        var (status, text) = await service.SendAsync(HttpMethod.Post, url, body);
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        return (status, error.GetProperty("message").GetString()!, error.GetProperty("param").GetString());
    }

    [Fact]
    public async Task Parts_in_the_order_named_become_a_file_and_leave_nothing_else()
    {
        var (first, second, third) = ("one\n"u8.ToArray(), "two\n"u8.ToArray(), "three\n"u8.ToArray());
        byte[] whole = [.. first, .. second, .. third];
        var upload = await CreateAsync(whole.Length);
        Assert.Equal(("pending", 3600L), (upload.Status, upload.ExpiresAt - upload.CreatedAt));
        // Sent in another order, and one of them twice: its first answer was lost.
        var ids = await Task.WhenAll(PartAsync(upload.Id, third), PartAsync(upload.Id, first), PartAsync(upload.Id, second), PartAsync(upload.Id, second));

        var completed = await PostAsync<UploadObject>($"/v1/uploads/{upload.Id}/complete", new { part_ids = new[] { ids[1], ids[2], ids[0] }, md5 = Convert.ToHexStringLower(MD5.HashData(whole)) });
        Assert.Equal(("completed", "big.jsonl", whole.Length, "fine-tune"), (completed.Status, completed.File!.Filename, (int)completed.File.Bytes, completed.File.Purpose));
        Assert.Equal(whole, await service.ContentAsync(completed.File.Id));
        foreach (var part in new[] { first, second, third })
            Assert.DoesNotContain(Convert.ToHexStringLower(SHA256.HashData(part)), service.Objects());
        Assert.Equal((HttpStatusCode.BadRequest, "upload_id"), await StatusAndParamAsync($"/v1/uploads/{upload.Id}/complete", new { part_ids = Array.Empty<string>() }));
    }

    private async Task<(HttpStatusCode, string?)> StatusAndParamAsync(string url, object? body)
    {
        var (status, _, param) = await RefusedAsync(url, body);
        return (status, param);
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_and_can_be_mended()
    {
        var upload = await CreateAsync(8);
        var (one, two) = (await PartAsync(upload.Id, "1234"u8.ToArray()), await PartAsync(upload.Id, "5678"u8.ToArray()));
        var complete = $"/v1/uploads/{upload.Id}/complete";

        Assert.Equal((HttpStatusCode.BadRequest, "The parts have 4 bytes, but 8 were announced. Name every part, or create the upload with the right number.", "part_ids"), await RefusedAsync(complete, new { part_ids = new[] { one } }));
        Assert.Equal((HttpStatusCode.BadRequest, "'part_ids' names a part twice.", "part_ids"), await RefusedAsync(complete, new { part_ids = new[] { one, one } }));
        Assert.Equal((HttpStatusCode.BadRequest, $"'part_x' is no part of {upload.Id}.", "part_ids"), await RefusedAsync(complete, new { part_ids = new[] { one, "part_x" } }));
        Assert.Equal((HttpStatusCode.BadRequest, "md5"), await StatusAndParamAsync(complete, new { part_ids = new[] { two, one }, md5 = Convert.ToHexStringLower(MD5.HashData("12345678"u8)) }));
        Assert.Empty(service.Incoming());
        var completed = await PostAsync<UploadObject>(complete, new { part_ids = new[] { two, one } });
        Assert.Equal("56781234", Encoding.UTF8.GetString(await service.ContentAsync(completed.File!.Id)));
    }

    [Fact]
    public async Task A_cancelled_upload_keeps_no_bytes_and_takes_none()
    {
        var upload = await CreateAsync(100);
        var bytes = Guid.NewGuid().ToByteArray();
        await PartAsync(upload.Id, bytes);
        Assert.Equal("cancelled", (await PostAsync<UploadObject>($"/v1/uploads/{upload.Id}/cancel", null)).Status);
        Assert.DoesNotContain(Convert.ToHexStringLower(SHA256.HashData(bytes)), service.Objects());
        var (status, body) = await SendPartAsync(upload.Id, bytes);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("is cancelled", body.ToString());
    }

    [Fact]
    public async Task The_sweep_keeps_the_parts_of_a_pending_upload()
    {
        var upload = await CreateAsync(16);
        var part = await PartAsync(upload.Id, Guid.NewGuid().ToByteArray());
        var sweep = service.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<StorageSweep>().Single();
        await sweep.SweepAsync(TestContext.Current.CancellationToken);
        Assert.Equal("completed", (await PostAsync<UploadObject>($"/v1/uploads/{upload.Id}/complete", new { part_ids = new[] { part } })).Status);
    }

    [Theory]
    [InlineData("""{"filename":"","purpose":"fine-tune","bytes":1}""", "filename")]
    [InlineData("""{"filename":"a","purpose":"fun","bytes":1}""", "purpose")]
    [InlineData("""{"filename":"a","purpose":"fine-tune-results","bytes":1}""", "purpose")]
    [InlineData("""{"filename":"a","purpose":"fine-tune","bytes":0}""", "bytes")]
    [InlineData("""{"filename":"a","purpose":"fine-tune","bytes":9000000000000}""", "bytes")]
    [InlineData("""{"filename":"a","purpose":"fine-tune","bytes":1,"expires_after":{"anchor":"created_at","seconds":1}}""", "expires_after")]
    [InlineData("""{"filename":"a","purpose":"fine-tune","bytes":1,"more":1}""", "more")]
    public async Task A_bad_upload_is_refused_naming_the_field(string body, string param)
    {
        using var answer = await service.First.PostAsync("/v1/uploads", new StringContent(body, Encoding.UTF8, "application/json"));
        using var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.BadRequest, param), (answer.StatusCode, error.RootElement.GetProperty("error").GetProperty("param").GetString()));
    }

    [Fact]
    public async Task A_part_needs_its_field_some_bytes_and_not_too_many()
    {
        await using var small = await DatasetsService.StartAsync(("Storage:MaxPartBytes", "1000"));
        var answer = await small.SendAsync(HttpMethod.Post, "/v1/uploads", new CreateUploadRequest { Filename = "a", Purpose = "fine-tune", Bytes = 5000 });
        var upload = JsonSerializer.Deserialize<UploadObject>(answer.Body, WireJson.Options)!.Id;
        var (tooLarge, why) = await SendPartAsync(upload, new byte[1001], client: small.First);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge);
        Assert.Contains("The part is larger than the limit of 1,000 bytes for one part.", why.ToString());
        Assert.Equal(HttpStatusCode.BadRequest, (await SendPartAsync(upload, [], client: small.First)).Status);
        var (status, body) = await SendPartAsync(upload, [1], field: "file", client: small.First);
        Assert.Equal((HttpStatusCode.BadRequest, "file"), (status, body.GetProperty("error").GetProperty("param").GetString()));
        Assert.Equal(HttpStatusCode.OK, (await SendPartAsync(upload, new byte[1000], client: small.First)).Status);
    }

    [Fact]
    public async Task Another_projects_upload_does_not_exist()
    {
        var upload = await CreateAsync(4);
        Assert.Equal(HttpStatusCode.NotFound, (await SendPartAsync(upload.Id, [1], client: service.Second)).Status);
        foreach (var (url, body) in new[] { ($"/v1/uploads/{upload.Id}/complete", (object?)new { part_ids = new[] { "x" } }), ($"/v1/uploads/{upload.Id}/cancel", null) })
            Assert.Equal(HttpStatusCode.NotFound, (await service.SendAsync(HttpMethod.Post, url, body, service.Second)).Status);
    }
}
