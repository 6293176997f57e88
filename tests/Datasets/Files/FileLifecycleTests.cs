using System.ClientModel;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.TestKit;
using OpenAI.Files;

namespace FineTuneAspire.Datasets.Tests.Files;

public class FileLifecycleTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    [Fact]
    public async Task The_official_SDK_uploads_reads_lists_and_deletes_a_file()
    {
        var sdk = service.Sdk(DatasetsService.FirstKey);
        var bytes = Encoding.UTF8.GetBytes("{\"messages\":[]}\r\n\u00fc\u2028");

        OpenAIFile uploaded = await sdk.UploadFileAsync(BinaryData.FromBytes(bytes), "größe.jsonl", FileUploadPurpose.FineTune);
        Assert.Equal(("größe.jsonl", bytes.Length, FilePurpose.FineTune), (uploaded.Filename, (int)uploaded.SizeInBytes!, uploaded.Purpose));
        Assert.StartsWith("file-", uploaded.Id);

        OpenAIFile read = await sdk.GetFileAsync(uploaded.Id);
        Assert.Equal((uploaded.Id, uploaded.CreatedAt), (read.Id, read.CreatedAt));
        OpenAIFileCollection listed = await sdk.GetFilesAsync(FilePurpose.FineTune);
        Assert.Contains(listed, file => file.Id == uploaded.Id);
        BinaryData content = await sdk.DownloadFileAsync(uploaded.Id);
        Assert.Equal(bytes, content.ToArray());

        FileDeletionResult deleted = await sdk.DeleteFileAsync(uploaded.Id);
        Assert.True(deleted.Deleted);
        var gone = await Assert.ThrowsAsync<ClientResultException>(() => sdk.GetFileAsync(uploaded.Id));
        Assert.Equal(404, gone.Status);
    }

    [Fact]
    public async Task The_same_bytes_twice_are_two_files_and_one_stored_copy()
    {
        var bytes = RandomNumberGenerator.GetBytes(5_000);
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var (first, second) = (await service.UploadAsync(bytes), await service.UploadAsync(bytes));

        Assert.NotEqual(first.Id, second.Id);
        Assert.Single(service.Objects(), name => name == hash);
        await service.SendAsync(HttpMethod.Delete, $"/v1/files/{first.Id}");
        Assert.Equal(bytes, await service.ContentAsync(second.Id));
        await service.SendAsync(HttpMethod.Delete, $"/v1/files/{second.Id}");
        Assert.DoesNotContain(hash, service.Objects());
    }

    [Fact]
    public async Task Twenty_parallel_uploads_are_all_kept_as_sent()
    {
        var random = new Random(7);
        var files = Enumerable.Range(0, 20).Select(i =>
        {
            var bytes = new byte[random.Next(1 << 20, 4 << 20)];
            random.NextBytes(bytes);
            return bytes;
        }).ToArray();

        var uploaded = await Task.WhenAll(files.Select(bytes => service.UploadAsync(bytes)));

        for (var i = 0; i < files.Length; i++)
            Assert.Equal(Convert.ToHexString(SHA256.HashData(files[i])), Convert.ToHexString(SHA256.HashData(await service.ContentAsync(uploaded[i].Id))));
        Assert.Equal(20, uploaded.Select(file => file.Id).Distinct().Count());
    }

    [Fact]
    public async Task An_upload_never_loses_its_bytes_to_a_delete_of_the_same_ones()
    {
        for (var round = 0; round < 30; round++)
        {
            var bytes = Encoding.UTF8.GetBytes($"contended {round}");
            var first = await service.UploadAsync(bytes);
            var uploads = Task.WhenAll(service.UploadAsync(bytes), service.UploadAsync(bytes));
            var deleted = await service.SendAsync(HttpMethod.Delete, $"/v1/files/{first.Id}");

            Assert.Equal(HttpStatusCode.OK, deleted.Status);
            foreach (var file in await uploads)
                Assert.Equal(bytes, await service.ContentAsync(file.Id));
        }
    }

    [Fact]
    public async Task Lists_pages_in_both_orders_with_cursors()
    {
        await using var own = await DatasetsService.StartAsync();
        Assert.Equal("""{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}""", (await own.SendAsync(HttpMethod.Get, "/v1/files")).Body);

        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add((await own.UploadAsync([(byte)i], purpose: i == 4 ? "batch" : "fine-tune")).Id);
            // Ids sort by milliseconds.
            var last = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
            await Eventually.True(() => TimeProvider.System.GetUtcNow() >= last.AddMilliseconds(1));
        }

        async Task<(string[] Ids, string? First, string? Last, bool More)> Page(string query)
        {
            var page = await own.GetAsync<FileList>($"/v1/files?{query}");
            return ([.. page.Data.Select(file => file.Id)], page.FirstId, page.LastId, page.HasMore);
        }

        Assert.Equal(([ids[4], ids[3]], ids[4], ids[3], true), await Page("limit=2"), PageComparer);
        Assert.Equal(([ids[2], ids[1], ids[0]], ids[2], ids[0], false), await Page($"after={ids[3]}"), PageComparer);
        Assert.Equal(([ids[1], ids[2]], ids[1], ids[2], true), await Page($"order=asc&limit=2&after={ids[0]}"), PageComparer);
        Assert.Equal(([ids[4]], ids[4], ids[4], false), await Page("purpose=batch"), PageComparer);
        foreach (var bad in new[] { "limit=0", "limit=10001", "limit=x", "order=up" })
            Assert.Equal(HttpStatusCode.BadRequest, (await own.SendAsync(HttpMethod.Get, $"/v1/files?{bad}")).Status);
    }

    private static readonly IEqualityComparer<(string[] Ids, string? First, string? Last, bool More)> PageComparer =
        EqualityComparer<(string[] Ids, string? First, string? Last, bool More)>.Create((a, b) =>
            a.Ids.SequenceEqual(b.Ids) && (a.First, a.Last, a.More) == (b.First, b.Last, b.More), page => page.Ids.Length);

    [Theory]
    [InlineData("fine-tune", HttpStatusCode.OK)]
    [InlineData("user_data", HttpStatusCode.OK)]
    [InlineData("fine-tune-results", HttpStatusCode.BadRequest)]
    [InlineData("training", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    public async Task Takes_the_purposes_of_clients_only(string purpose, HttpStatusCode expected)
    {
        using var form = new MultipartFormDataContent { { new StringContent(purpose), "purpose" }, { new ByteArrayContent([1]), "file", "a" } };
        using var answer = await service.First.PostAsync("/v1/files", form);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Our_own_services_write_result_files_on_a_projects_behalf()
    {
        using var ours = service.Client(DatasetsService.InternalKey);
        ours.DefaultRequestHeaders.Add("X-FineTune-Project", "first");
        var file = await service.UploadAsync([1, 2], "step_metrics.csv", "fine-tune-results", ours);

        Assert.Equal("fine-tune-results", (await service.GetAsync<FileObject>($"/v1/files/{file.Id}")).Purpose);
    }

    [Theory]
    [InlineData("created_at", "3600", HttpStatusCode.OK)]
    [InlineData("created_at", "3599", HttpStatusCode.BadRequest)]
    [InlineData("created_at", "1e9", HttpStatusCode.BadRequest)]
    [InlineData("last_used", "3600", HttpStatusCode.BadRequest)]
    [InlineData(null, "3600", HttpStatusCode.BadRequest)]
    [InlineData("created_at", null, HttpStatusCode.BadRequest)]
    public async Task Reads_when_a_file_expires(string? anchor, string? seconds, HttpStatusCode expected)
    {
        using var form = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" }, { new ByteArrayContent([1]), "file", "a" } };
        if (anchor is not null)
            form.Add(new StringContent(anchor), "expires_after[anchor]");
        if (seconds is not null)
            form.Add(new StringContent(seconds), "expires_after[seconds]");
        using var answer = await service.First.PostAsync("/v1/files", form);

        Assert.Equal(expected, answer.StatusCode);
        if (expected == HttpStatusCode.OK)
        {
            var file = await DatasetsService.ReadAsync<FileObject>(answer);
            Assert.Equal(file.CreatedAt + 3600, file.ExpiresAt);
        }
    }
}
