using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineTuneAspire.TestKit;

/// <summary>A fresh virtual host of RabbitMQ; deleted, with its queues, when disposed.</summary>
public sealed class TestVhost : IAsyncDisposable
{
    private readonly HttpClient _management;

    private TestVhost(string name, string connectionString, HttpClient management)
    {
        Name = name;
        ConnectionString = connectionString;
        _management = management;
    }

    public string Name { get; }

    /// <summary>`amqp://user:password@host:port/vhost`, as in `ConnectionStrings:bus`.</summary>
    public string ConnectionString { get; }

    public static async Task<TestVhost> CreateAsync()
    {
        var servers = await Servers.GetAsync();
        return await CreateAsync(servers.RabbitMq, servers.RabbitMqManagement);
    }

    /// <summary>On a broker of the test's own.</summary>
    public static async Task<TestVhost> CreateAsync(string rabbitMq, string management)
    {
        var uri = new Uri(rabbitMq);
        var http = new HttpClient { BaseAddress = new Uri(management) };
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(uri.UserInfo))));
        var name = $"test-{Guid.NewGuid():N}";
        (await http.PutAsync($"/api/vhosts/{name}", null)).EnsureSuccessStatusCode();
        var user = Uri.UnescapeDataString(uri.UserInfo.Split(':')[0]);
        (await http.PutAsJsonAsync($"/api/permissions/{name}/{user}", new { configure = ".*", write = ".*", read = ".*" })).EnsureSuccessStatusCode();
        return new(name, $"{rabbitMq.TrimEnd('/')}/{name}", http);
    }

    /// <summary>The names of its queues.</summary>
    public async Task<IReadOnlyList<string>> QueuesAsync() =>
        [.. (await _management.GetFromJsonAsync<List<Queue>>($"/api/queues/{Name}?columns=name"))!.Select(queue => queue.Name)];

    /// <summary>A queue's declaration as the management API gives it, or null when there is no such queue.</summary>
    public async Task<JsonElement?> QueueAsync(string queue)
    {
        using var answer = await _management.GetAsync($"/api/queues/{Name}/{queue}");
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Reads waiting messages and leaves them there; the empty list when the queue does not exist.</summary>
    public async Task<IReadOnlyList<Message>> MessagesAsync(string queue, int atMost = 100)
    {
        using var answer = await _management.PostAsJsonAsync(
            $"/api/queues/{Name}/{queue}/get", new { count = atMost, ackmode = "ack_requeue_true", encoding = "auto" });
        return answer.StatusCode == HttpStatusCode.NotFound ? [] : (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<List<Message>>())!;
    }

    /// <summary>Declares a durable classic queue, as no service of ours does.</summary>
    public async Task DeclareClassicQueueAsync(string queue) =>
        (await _management.PutAsJsonAsync($"/api/queues/{Name}/{queue}", new { durable = true, auto_delete = false })).EnsureSuccessStatusCode();

    public async Task DeleteQueueAsync(string queue) => (await _management.DeleteAsync($"/api/queues/{Name}/{queue}")).EnsureSuccessStatusCode();

    /// <summary>Puts a message into a queue (or an exchange) as a stranger would.</summary>
    public async Task PutAsync(string queue, string body, string contentType = "application/vnd.masstransit+json") =>
        (await _management.PostAsJsonAsync($"/api/exchanges/{Name}/amq.default/publish",
            new { routing_key = queue, payload = body, payload_encoding = "string", properties = new { content_type = contentType, delivery_mode = 2 } })).EnsureSuccessStatusCode();

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _management.DeleteAsync($"/api/vhosts/{Name}");
        }
        catch (HttpRequestException)
        {
            // The test's own broker is already gone, and the virtual host with it.
        }

        _management.Dispose();
    }

    private sealed record Queue(string Name);

    /// <param name="Payload">The body as text.</param>
    public sealed record Message(string Payload, [property: JsonPropertyName("message_count")] int MessagesBehind, JsonElement Properties);
}
