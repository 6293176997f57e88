using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineTuneAspire.Demo;

/// <summary>Where the running system answers: `.data/endpoints.json`, written by `./run`.</summary>
internal sealed record Endpoints(
    [property: JsonPropertyName("base_url")] Uri BaseUrl,
    [property: JsonPropertyName("api_key")] string ApiKey,
    [property: JsonPropertyName("pages")] IReadOnlyDictionary<string, string> Pages)
{
    [JsonIgnore]
    public string DataFolder { get; private init; } = "";

    public static Endpoints Read()
    {
        var file = Path.GetFullPath(Environment.GetEnvironmentVariable("FTA_ENDPOINTS") ?? Path.Combine(".data", "endpoints.json"));
        if (!File.Exists(file))
            throw new DemoException($"{file} does not exist: start the system with `./run start`, or run all of this with `./run demo`.");
        var endpoints = JsonSerializer.Deserialize<Endpoints>(File.ReadAllText(file))
            ?? throw new DemoException($"{file} is empty.");
        return endpoints with { DataFolder = Path.GetDirectoryName(file)! };
    }
}

/// <summary>The demo cannot go on, and the message says why.</summary>
internal sealed class DemoException(string message) : Exception(message);
