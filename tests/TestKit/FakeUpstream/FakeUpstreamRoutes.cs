using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace FineTuneAspire.TestKit;

/// <summary>What the fake does for each route.</summary>
public sealed partial class FakeUpstream
{
    private readonly Lock _pages = new();

    /// <summary>Called before a page of events is answered: the place to add events while a client pages.</summary>
    public Action<FakeJob>? BeforeEventsPage { get; set; }

    private async Task<(int Status, byte[]? Body)> AnswerAsync(HttpContext context, string route, string? id, string body)
    {
        switch (route)
        {
            case "GET models":
                return Ok(new JsonObject { ["object"] = "list", ["data"] = new JsonArray([.. Models.Select(model => (JsonNode)new JsonObject { ["id"] = model, ["object"] = "model", ["created"] = 1, ["owned_by"] = "fake", ["shutdown_date"] = null })]) });
            case "POST files":
                return await UploadAsync(context);
            case "GET files":
                return List(_files.Values.OrderByDescending(file => file["id"]!.GetValue<string>(), StringComparer.Ordinal), context.Request.Query, 10000);
            case "GET files/{id}/content":
                return Content404(id!) ?? (200, _contents.TryGetValue(id!, out var content) ? content : Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(ResultCsv))));
            case "DELETE files/{id}":
                return _files.TryRemove(id!, out _) ? Ok(new JsonObject { ["id"] = id, ["object"] = "file", ["deleted"] = true }) : Error(404, $"No such File object: {id}", "id", null);
            case "POST fine_tuning/jobs":
                return Create(body);
            case "GET fine_tuning/jobs":
                return ListJobs(context.Request.Query);
            case "POST chat/completions":
                return await ChatAsync(context, JsonNode.Parse(body)!.AsObject());
        }

        if (id is null || !_jobs.TryGetValue(id, out var job))
            return Error(404, $"Could not find fine tune: {id}", "fine_tune_id", "fine_tune_not_found");
        switch (route)
        {
            case "GET fine_tuning/jobs/{id}":
                job.Advance();
                return Ok(job.ToJson(SendsNewFields));
            case "GET fine_tuning/jobs/{id}/events":
                lock (_pages)
                {
                    BeforeEventsPage?.Invoke(job);
                    return List(Enumerable.Reverse(job.Events), context.Request.Query, 20);
                }
            case "GET fine_tuning/jobs/{id}/checkpoints":
                return List(job.CheckpointsNewestFirst(), context.Request.Query, 10);
            case "POST fine_tuning/jobs/{id}/cancel":
                return Cancel(job);
            default:
                return Error(404, $"Unknown request URL: {route}.", null, "unknown_url");
        }
    }

    /// <summary>Forgets a job, as if it had never been.</summary>
    public void Lose(string jobId) => _jobs.TryRemove(jobId, out _);

    private (int Status, byte[]? Body)? Content404(string id) =>
        _contents.ContainsKey(id) || id.StartsWith("file-result-", StringComparison.Ordinal) ? null : Error(404, $"No such File object: {id}", "id", null);

    private async Task<(int Status, byte[]? Body)> UploadAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        var file = form.Files["file"]!;
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes);
        var json = new JsonObject
        {
            ["object"] = "file",
            ["id"] = NewId("file-fake"),
            ["purpose"] = form["purpose"].ToString(),
            ["filename"] = file.FileName,
            ["bytes"] = bytes.Length,
            ["created_at"] = Now,
            ["status"] = "processed",
        };
        var id = json["id"]!.GetValue<string>();
        _contents[id] = bytes.ToArray();
        _files[id] = json;
        _effects.Enqueue(new("upload", id, file.FileName));
        return Ok(json.DeepClone());
    }

    private (int Status, byte[]? Body) Create(string body)
    {
        var request = JsonNode.Parse(body)!.AsObject();
        if (!_files.ContainsKey(request["training_file"]!.GetValue<string>()))
            return Error(400, $"invalid training_file: {request["training_file"]}", "training_file", null);
        var job = new FakeJob(NewId("ftjob-fake"), request, Script, Now) { HiddenFromLists = ListLag };
        job.Add(new FakeEvent($"Created fine-tuning job: {job.Id}"));
        _jobs[job.Id] = job;
        _effects.Enqueue(new("create", job.Id, job.Tag));
        return Ok(job.ToJson(SendsNewFields));
    }

    private (int Status, byte[]? Body) ListJobs(IQueryCollection query)
    {
        lock (_pages)
        {
            var wanted = IgnoresMetadataFilter ? [] : query.Where(pair => pair.Key.StartsWith("metadata[", StringComparison.Ordinal)).ToDictionary(pair => pair.Key[9..^1], pair => pair.Value.ToString());
            var shown = new List<JsonObject>();
            foreach (var job in _jobs.Values.OrderByDescending(job => job.Id, StringComparer.Ordinal))
            {
                // Only lists that would show the job count for its lag.
                if (wanted.All(pair => job.Request["metadata"]?[pair.Key]?.GetValue<string>() == pair.Value) && job.HiddenFromLists-- <= 0)
                    shown.Add(job.ToJson(SendsNewFields));
            }

            return List(shown, query, 20);
        }
    }

    private (int Status, byte[]? Body) Cancel(FakeJob job)
    {
        if (job.IsEnded)
            return Error(400, $"Job {job.Id} is already {job.Status}.", null, null);
        _effects.Enqueue(new("cancel", job.Id, job.Tag));
        if (CancelLosesRace)
            return Ok(job.ToJson(SendsNewFields));
        job.Status = "cancelled";
        job.Add(new FakeEvent("Fine-tuning job cancelled by user"));
        return Ok(job.ToJson(SendsNewFields));
    }

    private async Task<(int Status, byte[]? Body)> ChatAsync(HttpContext context, JsonObject request)
    {
        var model = request["model"]!.GetValue<string>();
        if (!Models.Contains(model) && !_jobs.Values.Any(job => job.Status == "succeeded" && model.StartsWith(job.Model, StringComparison.Ordinal)))
            return Error(404, $"The model `{model}` does not exist or you do not have access to it.", null, "model_not_found");
        var usage = new JsonObject { ["prompt_tokens"] = 7, ["completion_tokens"] = 2, ["total_tokens"] = 9 };
        if (request["stream"]?.GetValue<bool>() != true)
        {
            return Ok(new JsonObject
            {
                ["id"] = "chatcmpl-fake", ["object"] = "chat.completion", ["created"] = Now, ["model"] = model, ["usage"] = usage,
                ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["finish_reason"] = "stop", ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = Answer, ["refusal"] = null } }),
            });
        }

        context.Response.ContentType = "text/event-stream";
        foreach (var word in Answer.Split(' '))
            await ChunkAsync(new JsonObject { ["index"] = 0, ["delta"] = new JsonObject { ["content"] = word + " " }, ["finish_reason"] = null }, null);
        await ChunkAsync(new JsonObject { ["index"] = 0, ["delta"] = new JsonObject(), ["finish_reason"] = "stop" }, null);
        if (request["stream_options"]?["include_usage"]?.GetValue<bool>() == true)
            await ChunkAsync(null, usage);
        await context.Response.WriteAsync("data: [DONE]\n\n");
        return default;

        async Task ChunkAsync(JsonObject? choice, JsonObject? used)
        {
            var chunk = new JsonObject { ["id"] = "chatcmpl-fake", ["object"] = "chat.completion.chunk", ["created"] = Now, ["model"] = model, ["choices"] = choice is null ? [] : new JsonArray(choice), ["usage"] = used };
            await context.Response.WriteAsync($"data: {chunk.ToJsonString()}\n\n");
            await context.Response.Body.FlushAsync();
        }
    }
}
