using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Inference.Api;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;
using Microsoft.AspNetCore.Http;

namespace FineTuneAspire.Inference.Tests.Evaluations;

public class EvaluationsTests(InferenceHost host)
{
    private string AddFile(int examples, string? tagged = null)
    {
        var id = $"file-{Guid.NewGuid():N}";
        var lines = Enumerable.Range(0, examples).Select(i =>
            $$"""{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q{{i}}"},{"role":"assistant","content":"a{{i}}"}]{{(tagged is null ? "" : $",\"tag\":\"{(i % 2 == 0 ? tagged : "other")}\"")}}}""");
        host.Upstream.AddFile(id, Encoding.UTF8.GetBytes("\uFEFF" + string.Join("\r\n", lines) + "\n\n"));
        return id;
    }

    /// <summary>Answers as the reference does where <paramref name="right"/> says so.</summary>
    private static Func<HttpContext, SeenRequest, Task> Pupil(Func<int, bool> right) => (context, seen) =>
    {
        var question = QuestionOf(seen);
        return Scripts.Json(Scripts.Completion("up", right(question) ? $" a{question}\n" : "no"))(context, seen);
    };

    private static int QuestionOf(SeenRequest seen)
    {
        using var json = JsonDocument.Parse(seen.Body);
        return int.Parse(json.RootElement.GetProperty("messages")[1].GetProperty("content").GetString()![1..]);
    }

    private async Task<EvaluationObject> CreateAsync(object request, string? baseUrl = null)
    {
        using var answer = await host.Client(baseUrl: baseUrl).PostAsJsonAsync("/v1/evaluations", request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<EvaluationObject>(WireJson.Options))!;
    }

    private async Task<EvaluationObject> GetAsync(string id) => (await host.Client().GetFromJsonAsync<EvaluationObject>($"/v1/evaluations/{id}", WireJson.Options))!;

    private Task<EvaluationObject> EndedAsync(string id) => Eventually.Value(() => GetAsync(id), evaluation => evaluation.FinishedAt is not null, because: "the evaluation ends");

    [Fact]
    public async Task Scores_every_model_over_the_file_with_intervals_and_tags()
    {
        var file = AddFile(40, tagged: "seen");
        var (good, goodUpstream) = await host.AddModelAsync(Pupil(i => i != 3));
        var (bad, _) = await host.AddModelAsync(Pupil(_ => false));

        var created = await CreateAsync(new { name = "test", file, models = new[] { good, bad } });
        var ended = await EndedAsync(created.Id);

        Assert.Equal(("succeeded", 40, file, "test"), (ended.Status, ended.Examples!.Value, ended.File, ended.Name));
        Assert.Equal([(good, 40, 39, 0), (bad, 40, 0, 0)], ended.Results.Select(result => (result.Model, result.Completed, result.Correct, result.Failed)));
        Assert.Equal(0.975, ended.Results[0].ExactMatch!.Value, 9);
        Assert.Equal([0.8712, 0.9956], ended.Results[0].Interval95!.Select(bound => Math.Round(bound, 4)));
        Assert.Equal([("other", 20, 19), ("seen", 20, 20)], ended.Results[0].ByTag!.Select(tag => (tag.Key, tag.Value.Completed, tag.Value.Correct)));
        Assert.Equal(40, host.Upstream.Seen(goodUpstream).Count);
        using var asked = JsonDocument.Parse(host.Upstream.Seen(goodUpstream)[0].Body);
        Assert.Equal(0, asked.RootElement.GetProperty("temperature").GetDouble());
        Assert.Equal(["system", "user"], asked.RootElement.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("role").GetString()));
    }

    [Fact]
    public async Task Asks_again_in_full_where_a_cut_answer_might_still_be_right()
    {
        var file = AddFile(1);
        var (model, upstream) = await host.AddModelAsync((context, seen) => Scripts.Json(seen.Text.Contains("max_completion_tokens")
            ? Scripts.Completion("up", "", "length") : Scripts.Completion("up", "a0"))(context, seen));

        var ended = await EndedAsync((await CreateAsync(new { file, models = new[] { model } })).Id);

        Assert.Equal((1, 1), (ended.Results[0].Completed, ended.Results[0].Correct));
        Assert.Equal(2, host.Upstream.Seen(upstream).Count);
    }

    [Fact]
    public async Task Counts_requests_that_fail_and_says_so()
    {
        var file = AddFile(12);
        var (model, _) = await host.AddModelAsync((context, seen) => QuestionOf(seen) % 4 == 0
            ? Scripts.Json("""{"error":{"message":"too long","type":"invalid_request_error","param":null,"code":"context_length_exceeded"} }""", 400)(context, seen)
            : Pupil(_ => true)(context, seen));

        var ended = await EndedAsync((await CreateAsync(new { file, models = new[] { model } })).Id);

        Assert.Equal(("succeeded", 9, 9, 3), (ended.Status, ended.Results[0].Completed, ended.Results[0].Correct, ended.Results[0].Failed));
    }

    [Fact]
    public async Task Fails_clearly_when_the_provider_does_not_know_the_model()
    {
        var (model, _) = await host.AddModelAsync();

        var ended = await EndedAsync((await CreateAsync(new { file = AddFile(3), models = new[] { model } })).Id);

        Assert.Equal(("failed", "model_unavailable"), (ended.Status, ended.Error!.Code));
        Assert.Contains(model, ended.Error.Message);
    }

    [Fact]
    public async Task Fails_clearly_at_a_line_that_cannot_be_asked()
    {
        var id = $"file-{Guid.NewGuid():N}";
        host.Upstream.AddFile(id, "{\"messages\":[{\"role\":\"user\",\"content\":\"q0\"},{\"role\":\"assistant\",\"content\":\"a0\"}]}\nbroken\n"u8.ToArray());
        var (model, _) = await host.AddModelAsync((context, seen) => Scripts.Json(Scripts.Completion("up", "a0"))(context, seen));

        var ended = await EndedAsync((await CreateAsync(new { file = id, models = new[] { model } })).Id);

        Assert.Equal(("failed", "invalid_example"), (ended.Status, ended.Error!.Code));
        Assert.StartsWith("Line 2 ", ended.Error.Message);
    }

    [Fact]
    public async Task Goes_on_where_the_rows_end_when_another_worker_takes_over()
    {
        var file = AddFile(60);
        var abandoned = 0;
        using var open = new SemaphoreSlim(20);
        var (model, upstream) = await host.AddModelAsync(async (context, seen) =>
        {
            await using var watching = context.RequestAborted.Register(() => Interlocked.Increment(ref abandoned));
            await open.WaitAsync(context.RequestAborted);
            await Pupil(i => i % 3 != 0)(context, seen);
        });
        var created = await CreateAsync(new { file, models = new[] { model } });
        await Eventually.True(async () => (await GetAsync(created.Id)).Results[0].Completed == 20, because: "the first twenty answers are saved");

        // As a dead worker leaves it: another owner whose lease is over. The one that is at it sees that it lost the row, and stops.
        await host.Database.ExecuteAsync($"UPDATE evaluations SET lease_owner = gen_random_uuid(), lease_until = now() - interval '1 second' WHERE id = '{created.Id}'");
        await Eventually.True(() => Volatile.Read(ref abandoned) >= 4 && host.Upstream.Seen(upstream).Count >= 28, because: "the first worker has stopped and the second asks");
        open.Release(1000);
        var ended = await EndedAsync(created.Id);

        Assert.Equal(("succeeded", 60, 60, 40), (ended.Status, ended.Examples!.Value, ended.Results[0].Completed, ended.Results[0].Correct));
        // The twenty saved ones were not asked again; those in the air may have been.
        Assert.InRange(host.Upstream.Seen(upstream).Count, 60, 70);
        Assert.Equal(20, host.Upstream.Seen(upstream).Take(20).Select(QuestionOf).Distinct().Count());
        Assert.DoesNotContain(host.Upstream.Seen(upstream).Skip(24), seen => host.Upstream.Seen(upstream).Take(20).Select(QuestionOf).Contains(QuestionOf(seen)));
    }

    [Fact]
    public async Task Goes_on_at_once_after_an_orderly_stop()
    {
        var file = AddFile(30);
        using var open = new SemaphoreSlim(10);
        var (model, upstream) = await host.AddModelAsync(async (context, seen) =>
        {
            await open.WaitAsync(context.RequestAborted);
            await Pupil(_ => true)(context, seen);
        });
        // A database of its own, so that only these processes work on it.
        await using var database = await TestDatabase.CreateAsync("inference", (await Servers.GetAsync()).Postgres);
        await using (var db = new Persistence.InferenceDbFor(database.ConnectionString))
            await db.CopyModelAsync(host.Database.ConnectionString, model);
        string id;
        await using (var first = host.Start(("ConnectionStrings:inference-db", database.ConnectionString), ("Evaluations:Lease", "00:10:00")))
        {
            id = (await CreateAsync(new { file, models = new[] { model } }, first.BaseUrl)).Id;
            await Eventually.True(async () => await database.ScalarAsync<long>("SELECT count(*) FROM evaluation_answers") == 10, because: "the first ten answers are saved");
        }

        Assert.Equal("running", await database.ScalarAsync<string>("SELECT status FROM evaluations"));
        open.Release(1000);
        await using var second = host.Start(("ConnectionStrings:inference-db", database.ConnectionString), ("Evaluations:Lease", "00:10:00"));
        await Eventually.True(async () => await database.ScalarAsync<string>("SELECT status FROM evaluations") == "succeeded", because: "the evaluation ends in the second process");

        Assert.Equal(30, await database.ScalarAsync<long>("SELECT count(*) FROM evaluation_answers WHERE outcome = 'Correct'"));
        Assert.InRange(host.Upstream.Seen(upstream).Count, 30, 38);
    }

    [Fact]
    public async Task Stops_when_cancelled_and_keeps_what_was_answered()
    {
        using var open = new SemaphoreSlim(5);
        var (model, upstream) = await host.AddModelAsync(async (context, seen) =>
        {
            await open.WaitAsync(context.RequestAborted);
            await Pupil(_ => true)(context, seen);
        });
        var created = await CreateAsync(new { file = AddFile(50), models = new[] { model } });
        await Eventually.True(async () => (await GetAsync(created.Id)).Results[0].Completed == 5, because: "five answers are saved");

        using var cancelled = await host.Client().PostAsync($"/v1/evaluations/{created.Id}/cancel", null);
        Assert.Equal("cancelled", (await cancelled.Content.ReadFromJsonAsync<EvaluationObject>(WireJson.Options))!.Status);
        open.Release(1000);
        using var again = await host.Client().PostAsync($"/v1/evaluations/{created.Id}/cancel", null);

        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        var seen = host.Upstream.Seen(upstream).Count;
        Assert.InRange(seen, 5, 9);
        Assert.Equal(("cancelled", 5), ((await GetAsync(created.Id)).Status, (await GetAsync(created.Id)).Results[0].Completed));
    }

    [Fact]
    public async Task Takes_the_test_file_of_a_validated_dataset()
    {
        var file = AddFile(2);
        host.Upstream.Datasets["ds_ok"] = Dataset("validated", $"\"{file}\"");
        host.Upstream.Datasets["ds_busy"] = Dataset("validating", "null");
        host.Upstream.Datasets["ds_notest"] = Dataset("validated", "null");
        var (model, _) = await host.AddModelAsync(Pupil(_ => true));

        var created = await CreateAsync(new { dataset = "ds_ok", models = new[] { model } });

        Assert.Equal((file, "ds_ok"), (created.File, created.Dataset));
        Assert.Equal("dataset_not_validated", await CodeAsync(new { dataset = "ds_busy", models = new[] { model } }));
        Assert.Equal("no_test_file", await CodeAsync(new { dataset = "ds_notest", models = new[] { model } }));
    }

    private static string Dataset(string status, string testFile) => $$"""
        {"id":"ds_x","object":"dataset","name":"n","created_at":1,"latest_version":{"object":"dataset.version","dataset_id":"ds_x","version":1,"status":"{{status}}",
         "source_file":"file-a","training_file":null,"validation_file":null,"test_file":{{testFile}},"split":{"train":0.8,"validation":0.1,"test":0.1,"seed":0},"created_at":1} }
        """;

    private async Task<string?> CodeAsync(object request)
    {
        using var answer = await host.Client().PostAsJsonAsync("/v1/evaluations", request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("code").GetString();
    }

    [Fact]
    public async Task Refuses_a_request_that_makes_no_sense_and_names_the_field()
    {
        var file = AddFile(1);
        (string Body, string Param)[] cases =
        [
            ("{\"models\":[\"base-1m\"]}", "file"), ($"{{\"file\":\"{file}\",\"dataset\":\"ds_x\",\"models\":[\"base-1m\"]}}", "dataset"),
            ($"{{\"file\":\"{file}\",\"models\":[]}}", "models"), ($"{{\"file\":\"{file}\",\"models\":[\"base-1m\",\"base-1m\"]}}", "models"),
            ($"{{\"file\":\"{file}\",\"models\":[\"nobody\"]}}", "models"), ("{\"file\":\"file-none\",\"models\":[\"base-1m\"]}", "file"),
            ($"{{\"file\":\"{file}\",\"models\":[\"base-1m\"],\"tempreature\":1}}", "tempreature"),
        ];
        foreach (var (body, param) in cases)
        {
            using var answer = await host.Client().PostAsync("/v1/evaluations", new StringContent(body, Encoding.UTF8, "application/json"));
            var error = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
            Assert.Equal((body, HttpStatusCode.BadRequest, param), (body, answer.StatusCode, error.GetProperty("param").GetString()));
        }
    }

    [Fact]
    public async Task Shows_a_projects_evaluations_only_to_it_page_by_page()
    {
        var (model, _) = await host.AddModelAsync(Pupil(_ => true));
        var (first, second) = (await CreateAsync(new { file = AddFile(1), models = new[] { model } }), await CreateAsync(new { file = AddFile(1), models = new[] { model } }));

        Assert.Equal(HttpStatusCode.NotFound, (await host.Client("p2").GetAsync($"/v1/evaluations/{first.Id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client("p2").PostAsync($"/v1/evaluations/{first.Id}/cancel", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client("p2").GetAsync($"/v1/evaluations?after={first.Id}")).StatusCode);
        Assert.Empty((await host.Client("p2").GetFromJsonAsync<EvaluationList>("/v1/evaluations", WireJson.Options))!.Data);
        var ids = new List<string>();
        for (string? after = null; ;)
        {
            var page = (await host.Client().GetFromJsonAsync<EvaluationList>($"/v1/evaluations?limit=1{(after is null ? "" : $"&after={after}")}", WireJson.Options))!;
            ids.AddRange(page.Data.Select(evaluation => evaluation.Id));
            if (!page.HasMore)
                break;
            after = page.LastId;
        }

        Assert.Equal(ids.Distinct(), ids);
        Assert.Contains(first.Id, ids);
        Assert.Contains(second.Id, ids);
    }
}
