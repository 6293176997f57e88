using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.WholeSystem.Tests;

/// <summary>Hostile and broken input through the front door: a clear refusal each, never a 5xx, never a job at the provider.</summary>
public sealed class BadInputTests(RunningSystem system)
{
    /// <summary>Name, bytes, expected `error.code` of the job, expected 1-based line or null.</summary>
    public static TheoryData<string, byte[], string, int?> BrokenFiles()
    {
        byte[] Around(string head, ReadOnlySpan<byte> middle, string tail) => [.. Encoding.UTF8.GetBytes(head), .. middle, .. Encoding.UTF8.GetBytes(tail)];
        const string head = """{"messages":[{"role":"user","content":"hello """;
        const string tail = """ "},{"role":"assistant","content":"x"}]}""";
        return new()
        {
            { "not JSONL", Encoding.UTF8.GetBytes("name,age\nanna,3\n"), "invalid_training_file", 1 },
            { "nine examples", TrainingData.Valid(9), "invalid_n_examples", null },
            { "wrong role", TrainingData.WithLine(4, """{"messages":[{"role":"robot","content":"a"},{"role":"assistant","content":"b"}]}"""u8), "invalid_training_file", 4 },
            { "bad UTF-8", TrainingData.WithLine(5, Around(head, [0xC3, 0x28], tail)), "invalid_training_file", 5 },
            { "lone surrogate", TrainingData.WithLine(6, Encoding.UTF8.GetBytes(head + "\\ud800" + tail)), "invalid_training_file", 6 },
            { "NUL", TrainingData.WithLine(7, Encoding.UTF8.GetBytes(head + "\\u0000" + tail)), "invalid_training_file", 7 },
            { "duplicate keys", TrainingData.WithLine(8, """{"messages":[{"role":"user","role":"system","content":"a"},{"role":"assistant","content":"b"}]}"""u8), "invalid_training_file", 8 },
            { "depth bomb", TrainingData.WithLine(9, Encoding.UTF8.GetBytes(new string('[', 100_000))), "invalid_training_file", 9 },
            { "a line that is an array", TrainingData.WithLine(2, "[]"u8), "invalid_training_file", 2 },
            { "empty", [], "invalid_n_examples", null },
        };
    }

    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public async Task A_job_over_a_broken_file_fails_with_code_and_line_and_never_reaches_the_provider(string name, byte[] bytes, string code, int? line)
    {
        var jobsBefore = await system.ProviderJobCountAsync();
        var file = await system.UploadAsync(bytes, "broken.jsonl");

        using var created = await system.SendAsync(HttpMethod.Post, "/v1/fine_tuning/jobs", system.FirstKey, Json(new { model = "base-1m", training_file = file }));
        Assert.True(created.StatusCode == HttpStatusCode.OK, $"{name}: create answered {(int)created.StatusCode}");
        var job = await system.WaitForJobAsync(await IdAsync(created));

        Assert.Equal("failed", job.GetProperty("status").GetString());
        Assert.Equal(code, job.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("training_file", job.GetProperty("error").GetProperty("param").GetString());
        if (line is not null)
            Assert.Contains($"line {line}", job.GetProperty("error").GetProperty("message").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(jobsBefore, await system.ProviderJobCountAsync());
    }

    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public async Task A_dataset_over_a_broken_file_is_rejected_with_the_line_in_its_report(string name, byte[] bytes, string code, int? line)
    {
        var file = await system.UploadAsync(bytes, "broken.jsonl");
        using var created = await system.SendAsync(HttpMethod.Post, "/v1/datasets", system.FirstKey, Json(new { name, file }));
        Assert.True(created.IsSuccessStatusCode, $"{name}: {(int)created.StatusCode} {await created.Content.ReadAsStringAsync()}");
        var id = await IdAsync(created);

        var version = await Eventually.Value(
            async () => await system.GetAsync($"/v1/datasets/{id}/versions/1"),
            version => version.GetProperty("status").GetString() != "validating",
            TimeSpan.FromSeconds(60), "the version is validated or rejected");

        Assert.Equal("rejected", version.GetProperty("status").GetString());
        Assert.Equal(code, version.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(JsonValueKind.Null, version.GetProperty("training_file").ValueKind);
        var report = await system.GetAsync($"/v1/datasets/{id}/versions/1/report");
        if (line is not null)
            Assert.Contains(report.GetProperty("problems").EnumerateArray(), problem => problem.GetProperty("line").GetInt32() == line);
    }

    [Fact]
    public async Task A_file_over_512_MB_is_refused_with_413_while_it_streams()
    {
        using var form = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" } };
        form.Add(new StreamContent(new ZeroStream(600L << 20)), "file", "huge.jsonl");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(system.FrontDoor, "/v1/files")) { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", system.FirstKey);
        request.Headers.ExpectContinue = false;

        using var response = await system.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("\"error\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_over_another_projects_file_is_refused_like_one_over_an_unknown_file()
    {
        var theirs = await system.UploadAsync(TrainingData.Valid(), "mine.jsonl");
        foreach (var file in new[] { theirs, "file-doesnotexist" })
        {
            using var response = await system.SendAsync(HttpMethod.Post, "/v1/fine_tuning/jobs", system.SecondKey, Json(new { model = "base-1m", training_file = file }));
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            var error = (await RunningSystem.JsonAsync(response)).GetProperty("error");
            Assert.Equal("training_file", error.GetProperty("param").GetString());
            Assert.Equal($"invalid training_file: {file}", error.GetProperty("message").GetString());
        }
    }

    [Fact]
    public async Task An_unknown_model_is_refused_by_jobs_and_by_chat()
    {
        var file = await system.UploadAsync(TrainingData.Valid(), "train.jsonl");
        using var job = await system.SendAsync(HttpMethod.Post, "/v1/fine_tuning/jobs", system.FirstKey, Json(new { model = "gpt-unknown", training_file = file }));
        Assert.Equal(HttpStatusCode.BadRequest, job.StatusCode);
        Assert.Equal("model_not_available", (await RunningSystem.JsonAsync(job)).GetProperty("error").GetProperty("code").GetString());

        using var chat = await system.SendAsync(HttpMethod.Post, "/v1/chat/completions", system.FirstKey, Json(new { model = "gpt-unknown", messages = new[] { new { role = "user", content = "hi" } } }));
        Assert.Equal(HttpStatusCode.NotFound, chat.StatusCode);
        Assert.Equal("model_not_found", (await RunningSystem.JsonAsync(chat)).GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("""{"model":"base-1m","training_file":"file-x","n_epoch":3}""", "n_epoch")]
    [InlineData("""{"model":"base-1m"}""", "training_file")]
    [InlineData("""{"model":"base-1m","training_file":"file-x","suffix":"a\u0000b"}""", "suffix")]
    [InlineData("""{"model":"base-1m","training_file":"file-x","suffix":"\ud800"}""", "suffix")]
    [InlineData("""{"model":"base-1m","model":"other","training_file":"file-x"}""", "model")]
    [InlineData("""{"model":"base-1m","training_file":"file-x","hyperparameters":{"n_epochs":0}}""", "n_epochs")]
    [InlineData("not json", "JSON")]
    public async Task A_malformed_job_body_is_400_and_names_the_field(string body, string names)
    {
        using var response = await system.SendAsync(HttpMethod.Post, "/v1/fine_tuning/jobs", system.FirstKey, new StringContent(body, Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{(int)response.StatusCode}: {text}");
        Assert.Contains(names, JsonDocument.Parse(text).RootElement.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/files/file-%00")]
    [InlineData("/v1/fine_tuning/jobs/%ff%fe")]
    [InlineData("/v1/models/..%2f..%2fetc")]
    [InlineData("/v1/fine_tuning/jobs?after=%00")]
    [InlineData("/v1/fine_tuning/jobs?limit=-1")]
    [InlineData("/v1/fine_tuning/jobs?limit=999999999999999999999")]
    [InlineData("/v1/files?limit=abc")]
    public async Task A_hostile_url_is_refused_and_never_a_server_error(string path)
    {
        using var response = await system.SendAsync(HttpMethod.Get, path, system.FirstKey);
        Assert.InRange((int)response.StatusCode, 400, 499);
    }

    private static StringContent Json(object body) => new(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    private static async Task<string> IdAsync(HttpResponseMessage response) => (await RunningSystem.JsonAsync(response)).GetProperty("id").GetString()!;

    /// <summary>So many zero bytes, made as they are read.</summary>
    private sealed class ZeroStream(long length) : Stream
    {
        private long position;
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => position; set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, length - position);
            Array.Clear(buffer, offset, read);
            position += read;
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
