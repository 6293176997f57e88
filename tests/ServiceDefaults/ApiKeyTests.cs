using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.ServiceDefaults.Tests;

public sealed class ApiKeyTests
{
    [Fact]
    public void A_key_is_recognised_by_its_form_and_checksum()
    {
        var key = ApiKey.Generate();
        Assert.StartsWith("fta-", key);
        Assert.True(ApiKey.IsWellFormed(key));
        Assert.NotEqual(key, ApiKey.Generate());
        for (var i = 4; i < key.Length; i++)
        {
            var other = string.Concat(key.AsSpan(0, i), key[i] == 'A' ? "B" : "A", key.AsSpan(i + 1));
            // The last character of six base64 digits for 32 bits carries four spare bits.
            Assert.True(!ApiKey.IsWellFormed(other), $"character {i}");
        }
    }

    [Fact]
    public void The_hash_is_the_SHA_256_of_the_text() =>
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", ApiKey.Hash("abc"));

    [Theory]
    [InlineData(null, "You didn't provide an API key", null)]
    [InlineData("Bearer wrong", "Incorrect API key provided", "invalid_api_key")]
    [InlineData("Bearer internal-key", "Incorrect API key provided", "invalid_api_key")]
    [InlineData("Basic dTpw", "Incorrect API key provided", "invalid_api_key")]
    [InlineData("Bearer ", "Incorrect API key provided", "invalid_api_key")]
    public async Task Refuses_a_call_without_a_known_key(string? authorization, string message, string? code)
    {
        await using var service = await TestService.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/whoami");
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var answer = await service.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        var error = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
        Assert.StartsWith(message, error.GetProperty("message").GetString());
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal(JsonValueKind.Null, error.GetProperty("param").ValueKind);
    }

    [Fact]
    public async Task A_key_names_its_project_in_both_headers()
    {
        var key = ApiKey.Generate();
        await using var service = await TestService.StartAsync(new() { ["ApiKeys:Keys:0:Name"] = "n", ["ApiKeys:Keys:0:Project"] = "alpha", ["ApiKeys:Keys:0:Sha256"] = ApiKey.Hash(key) });
        Assert.Equal("""{"project":"alpha","is_internal":false}""", await service.WithKey(key).GetStringAsync("/v1/whoami"));
        service.Http.DefaultRequestHeaders.Add("api-key", key);
        Assert.Equal("""{"project":"alpha","is_internal":false}""", await service.Http.GetStringAsync("/v1/whoami"));
    }

    [Fact]
    public async Task A_projects_key_cannot_speak_for_another_project()
    {
        var (service, http) = await TestService.StartWithKeyAsync("alpha");
        await using var _ = service;
        http.DefaultRequestHeaders.Add("X-FineTune-Project", "beta");
        Assert.Equal("""{"project":"alpha","is_internal":false}""", await http.GetStringAsync("/v1/whoami"));
    }

    [Fact]
    public async Task The_internal_key_speaks_for_the_project_it_names()
    {
        await using var service = await TestService.StartAsync();
        var http = service.WithKey(TestService.InternalKey);
        http.DefaultRequestHeaders.Add("X-FineTune-Project", "beta");
        Assert.Equal("""{"project":"beta","is_internal":true}""", await http.GetStringAsync("/v1/whoami"));
    }

    [Fact]
    public async Task The_single_key_of_a_process_without_projects_is_taken()
    {
        await using var service = await TestService.StartAsync(new() { ["ApiKeys:Single"] = "only" });
        Assert.Equal("""{"project":"default","is_internal":false}""", await service.WithKey("only").GetStringAsync("/v1/whoami"));
    }

    [Fact]
    public async Task The_file_of_keys_may_come_later_and_a_removed_key_stops_working_within_five_seconds()
    {
        var folder = TestFolder.Create("keys");
        var file = Path.Combine(folder, "later", "keys.json");
        var (fromFile, configured) = (ApiKey.Generate(), ApiKey.Generate());
        await using var service = await TestService.StartAsync(new()
        {
            ["ApiKeys:File"] = file,
            ["ApiKeys:Keys:0:Name"] = "configured", ["ApiKeys:Keys:0:Project"] = "alpha", ["ApiKeys:Keys:0:Sha256"] = ApiKey.Hash(configured),
        });
        async Task<HttpStatusCode> AskAsync(string key) => (await service.WithKey(key).GetAsync("/v1/whoami")).StatusCode;
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(fromFile));

        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await WriteAsync($$$"""{"ApiKeys":{"Keys":[{"Name":"n","Project":"beta","Sha256":"{{{ApiKey.Hash(fromFile)}}}","CreatedAt":"2026-01-01T00:00:00.0000000Z"}]}}""");
        await Eventually.Equal(HttpStatusCode.OK, () => AskAsync(fromFile), TimeSpan.FromSeconds(5));
        // The first entry of the file does not take the place of the first of the configuration.
        Assert.Equal(HttpStatusCode.OK, await AskAsync(configured));

        await WriteAsync("half a fi");
        Assert.Equal(HttpStatusCode.OK, await AskAsync(fromFile));

        await WriteAsync("""{"ApiKeys":{"Keys":[]}}""");
        await Eventually.Equal(HttpStatusCode.Unauthorized, () => AskAsync(fromFile), TimeSpan.FromSeconds(5));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(configured));

        async Task WriteAsync(string text)
        {
            await File.WriteAllTextAsync(file + ".tmp", text);
            File.Move(file + ".tmp", file, overwrite: true);
        }
    }
}
