using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace FineTuneAspire.LocalProvider.Tests;

/// <summary>Every route of the OpenAPI document, so that a new one is covered on arrival.</summary>
public sealed class AccessTests
{
    [Fact]
    public async Task Every_route_wants_the_key_and_answers_404_for_an_id_that_is_not_there()
    {
        await using var provider = Provider.Start();
        var document = JsonNode.Parse(await provider.Http.GetStringAsync("/openapi/v1.json"))!;
        var routes = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => (Path: path.Key, Method: operation.Key))).ToList();
        Assert.True(routes.Count >= 14, $"{routes.Count} routes");

        foreach (var (path, method) in routes)
        {
            foreach (var key in new[] { null, "wrong", "Bearer", Provider.Key + "x" })
            {
                using var anonymous = new HttpClient { BaseAddress = provider.Address };
                if (key is not null)
                    anonymous.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {key}");
                var refused = await anonymous.SendAsync(Request(method, path));
                Assert.True(refused.StatusCode == HttpStatusCode.Unauthorized, $"{method} {path} with {key ?? "no"} key: {refused.StatusCode}");
                Assert.NotNull(JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["message"]);
            }

            if (!path.Contains("{id}", StringComparison.Ordinal))
                continue;
            foreach (var id in new[] { "file-00000000000000000000000000000000", "x", "%2e%2e%2fprovider.db", "ft%3Atiny%3Alocal%3A%3Anone", new string('x', 2000) })
            {
                var missing = await provider.Http.SendAsync(Request(method, path.Replace("{id}", id, StringComparison.Ordinal)));
                Assert.True(missing.StatusCode == HttpStatusCode.NotFound, $"{method} {path} for {id}: {missing.StatusCode}");
            }
        }
    }

    private static HttpRequestMessage Request(string method, string path) =>
        new(HttpMethod.Parse(method), path) { Content = method is "post" ? new StringContent("", Encoding.UTF8, "application/json") : null };
}
