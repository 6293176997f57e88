using System.Net;
using System.Text;
using System.Text.Json;

namespace FineTuneAspire.WholeSystem.Tests;

/// <summary>
/// Every `/v1` route in every service's OpenAPI document × {no key, wrong key, another project's id, random id}. A new route is covered
/// as soon as its document lists it; a path parameter of a kind this test does not know fails it until it is named here.
/// </summary>
public sealed class AccessMatrixTests(RunningSystem system)
{
    private static readonly string[] Services = ["datasets", "training", "inference"];

    [Theory]
    [InlineData("datasets")]
    [InlineData("training")]
    [InlineData("inference")]
    public async Task Every_route_refuses_a_missing_and_a_wrong_key(string service)
    {
        foreach (var route in await RoutesAsync(service))
        {
            var path = route.With(_ => "anything");
            foreach (var (key, what) in new[] { (null, "no key"), ("fta-wrong", "a wrong key"), (system.MistypedKey, "a well-formed unknown key") })
            {
                using var response = await system.SendAsync(route.Method, path, key, route.Body());
                Assert.True(response.StatusCode == HttpStatusCode.Unauthorized, $"{route} with {what} answered {(int)response.StatusCode}");
                await AssertErrorObjectAsync(response, route);
            }
        }
    }

    [Theory]
    [InlineData("datasets")]
    [InlineData("training")]
    [InlineData("inference")]
    public async Task Another_projects_id_answers_exactly_as_an_id_that_does_not_exist(string service)
    {
        var owned = await system.OwnedByFirstProjectAsync();
        var withIds = (await RoutesAsync(service)).Where(route => route.Parameters.Count > 0).ToList();
        Assert.NotEmpty(withIds);
        foreach (var route in withIds)
        {
            var known = route.With(parameter => owned.For(route.Path, parameter));
            var unknown = route.With(parameter => owned.Unlike(route.Path, parameter));

            using var theirs = await system.SendAsync(route.Method, known, system.SecondKey, route.Body());
            using var random = await system.SendAsync(route.Method, unknown, system.SecondKey, route.Body());

            Assert.True(theirs.StatusCode == HttpStatusCode.NotFound, $"{route} with another project's id answered {(int)theirs.StatusCode}");
            Assert.True(random.StatusCode == HttpStatusCode.NotFound, $"{route} with a random id answered {(int)random.StatusCode}");
            await AssertErrorObjectAsync(theirs, route);
            Assert.Equal(Normalised(await random.Content.ReadAsStringAsync(), unknown), Normalised(await theirs.Content.ReadAsStringAsync(), known));
        }

        // Nothing above may have changed the first project's objects.
        await owned.AssertUntouchedAsync(system);
    }

    [Fact]
    public async Task Lists_show_only_the_callers_project()
    {
        var owned = await system.OwnedByFirstProjectAsync();
        foreach (var service in Services)
        {
            foreach (var route in (await RoutesAsync(service)).Where(route => route is { Method.Method: "GET", Parameters.Count: 0 }))
            {
                using var response = await system.SendAsync(route.Method, route.Path, system.SecondKey);
                var body = await response.Content.ReadAsStringAsync();
                Assert.True(response.IsSuccessStatusCode, $"{route} answered {(int)response.StatusCode}: {body}");
                foreach (var id in owned.Ids)
                    Assert.DoesNotContain(id, body, StringComparison.Ordinal);
            }
        }
    }

    private async Task<IReadOnlyList<Route>> RoutesAsync(string service)
    {
        using var document = JsonDocument.Parse(await system.Http.GetStringAsync(new Uri(system.FrontDoor, $"/openapi/{service}.json")));
        var routes = document.RootElement.GetProperty("paths").EnumerateObject()
            .Where(path => path.Name.StartsWith("/v1/", StringComparison.Ordinal))
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => new Route(
                new HttpMethod(operation.Name.ToUpperInvariant()), path.Name, IsMultipart: operation.Value.GetRawText().Contains("multipart/form-data", StringComparison.Ordinal))))
            .ToList();
        Assert.NotEmpty(routes);
        return routes;
    }

    private static async Task AssertErrorObjectAsync(HttpResponseMessage response, Route route)
    {
        var body = await response.Content.ReadAsStringAsync();
        try
        {
            using var json = JsonDocument.Parse(body);
            var error = json.RootElement.GetProperty("error");
            Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(field => field.Name));
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException)
        {
            Assert.Fail($"{route} answered {(int)response.StatusCode} without OpenAI's error object: {body}");
        }
    }

    /// <summary>The body with the ids of the path taken out, so that two refusals can be compared as wholes.</summary>
    private static string Normalised(string body, string path)
    {
        foreach (var segment in Uri.UnescapeDataString(path).Split('/').Where(segment => segment.Length > 8))
            body = body.Replace(segment, "ID", StringComparison.Ordinal);
        return body;
    }

    private sealed record Route(HttpMethod Method, string Path, bool IsMultipart)
    {
        public IReadOnlyList<string> Parameters { get; } =
            [.. Path.Split('/').Where(segment => segment.StartsWith('{')).Select(segment => segment.Trim('{', '}'))];

        public string With(Func<string, string> value) =>
            string.Join('/', Path.Split('/').Select(segment => segment.StartsWith('{') ? Uri.EscapeDataString(value(segment.Trim('{', '}'))) : segment));

        /// <summary>Of the kind the document names: routing refuses another before it asks for a key.</summary>
        public HttpContent? Body() =>
            Method != HttpMethod.Post ? null
            : IsMultipart ? new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" } }
            : new StringContent("{}", Encoding.UTF8, "application/json");

        public override string ToString() => $"{Method} {Path}";
    }
}
