using System.Text.Json.Nodes;

namespace FineTuneAspire.TestKit;

/// <summary>One moment of a job's life: the status it takes and the events it adds. A job goes on by one moment per `GET` of it.</summary>
public sealed record JobMoment(string Status, params FakeEvent[] Events);

/// <param name="Metrics">A metrics event's data, or null for a message.</param>
public sealed record FakeEvent(string Message, JsonObject? Metrics = null, string? Type = null, string Level = "info")
{
    public static FakeEvent Step(int step, int total, double loss) => new(
        $"Step {step}/{total}: training loss={loss:0.00}",
        new JsonObject { ["step"] = step, ["total_steps"] = total, ["train_loss"] = loss, ["train_mean_token_accuracy"] = 1 - loss / 10, ["valid_loss"] = loss + 0.1 });
}

/// <summary>How new jobs live.</summary>
public sealed record JobScript(IReadOnlyList<JobMoment> Moments)
{
    /// <summary>Of an ended job; null: it succeeds without naming a model.</summary>
    public string? ModelSuffix { get; init; } = "tuned";
    public JsonObject? Error { get; init; }
    /// <summary>Steps with a checkpoint, besides the last.</summary>
    public IReadOnlyList<int> Checkpoints { get; init; } = [3, 6];
    public int LastStep { get; init; } = 9;

    public static JobScript Succeeds { get; } = new(
    [
        new("validating_files", new FakeEvent("Validating training file")),
        new("queued", new FakeEvent("Files validated, moving job to queued state")),
        new("running", new FakeEvent("Fine-tuning job started"), FakeEvent.Step(1, 9, 2.0), FakeEvent.Step(2, 9, 1.8), FakeEvent.Step(3, 9, 1.6)),
        new("running", FakeEvent.Step(4, 9, 1.4), FakeEvent.Step(5, 9, 1.2), FakeEvent.Step(6, 9, 1.0)),
        new("running", FakeEvent.Step(7, 9, 0.8), FakeEvent.Step(8, 9, 0.6), FakeEvent.Step(9, 9, 0.4)),
        new("succeeded", new FakeEvent("New fine-tuned model created: {model}"), new FakeEvent("The job has successfully completed")),
    ]);

    /// <summary>Runs until it is cancelled or <see cref="FakeUpstream.Advance"/> says otherwise.</summary>
    public static JobScript RunsForever { get; } = new([new("running", new FakeEvent("Fine-tuning job started"))]);

    public static JobScript Fails(string code, string message) => new([new("running"), new("failed", new FakeEvent(message, Level: "error"))])
    {
        Error = new JsonObject { ["code"] = code, ["message"] = message, ["param"] = null },
    };
}

/// <summary>A job inside the fake. Events are kept oldest first.</summary>
public sealed class FakeJob(string id, JsonObject request, JobScript script, long createdAt)
{
    private int _next;

    public string Id => id;
    public JsonObject Request => request;
    public JobScript Script { get; set; } = script;
    public long CreatedAt { get; set; } = createdAt;
    public string Status { get; set; } = "validating_files";
    public List<JsonObject> Events { get; } = [];
    /// <summary>List calls that do not show the job yet.</summary>
    public int HiddenFromLists { get; set; }
    public bool IsEnded => Status is "succeeded" or "failed" or "cancelled";
    public string? Tag => request["metadata"]?["fta_job"]?.GetValue<string>();
    public string Model => $"ft:{request["model"]}:fake-org:{Script.ModelSuffix}:{id[^6..]}";

    public void Advance()
    {
        if (Status == "cancelled" || _next >= Script.Moments.Count)
            return;
        var moment = Script.Moments[_next++];
        Status = moment.Status;
        foreach (var added in moment.Events)
            Add(added);
    }

    public void Add(FakeEvent added) => Events.Add(new JsonObject
    {
        ["object"] = "fine_tuning.job.event",
        ["id"] = $"ftevent-{id}-{Events.Count + 1}",
        // All in one second, as real ones often are: only the order of the list tells them apart.
        ["created_at"] = CreatedAt,
        ["level"] = added.Level,
        ["message"] = added.Message.Replace("{model}", Model, StringComparison.Ordinal),
        ["data"] = added.Metrics?.DeepClone() ?? new JsonObject(),
        ["type"] = added.Type ?? (added.Metrics is null ? "message" : "metrics"),
    });

    /// <param name="withNewFields">Fields that no client knows yet.</param>
    public JsonObject ToJson(bool withNewFields)
    {
        var succeeded = Status == "succeeded";
        var json = new JsonObject
        {
            ["object"] = "fine_tuning.job",
            ["id"] = id,
            ["model"] = request["model"]!.DeepClone(),
            ["created_at"] = CreatedAt,
            ["finished_at"] = IsEnded ? CreatedAt + 1 : null,
            ["fine_tuned_model"] = succeeded && Script.ModelSuffix is not null ? Model : null,
            ["organization_id"] = "org-fake",
            ["result_files"] = succeeded ? new JsonArray($"file-result-{id}") : [],
            ["status"] = Status,
            ["validation_file"] = request["validation_file"]?.DeepClone(),
            ["training_file"] = request["training_file"]!.DeepClone(),
            ["hyperparameters"] = new JsonObject { ["n_epochs"] = 3, ["batch_size"] = "auto", ["learning_rate_multiplier"] = 1.8 },
            ["trained_tokens"] = succeeded ? 5768 : null,
            // The real API sends {} while a job is healthy.
            ["error"] = Status == "failed" ? Script.Error?.DeepClone() : new JsonObject(),
            ["user_provided_suffix"] = request["suffix"]?.DeepClone(),
            ["seed"] = request["seed"]?.DeepClone() ?? 1,
            ["estimated_finish"] = 0,
            ["integrations"] = new JsonArray(),
            ["metadata"] = request["metadata"]?.DeepClone(),
        };
        if (withNewFields)
            json["usage_metrics"] = new JsonObject { ["novel"] = new JsonArray(1, 2) };
        return json;
    }

    public IEnumerable<JsonObject> CheckpointsNewestFirst()
    {
        if (Status != "succeeded")
            return [];
        return Script.Checkpoints.Append(Script.LastStep).OrderDescending().Select(step => new JsonObject
        {
            ["object"] = "fine_tuning.job.checkpoint",
            ["id"] = $"ftckpt_{id}{step}",
            ["created_at"] = CreatedAt,
            // As in real answers, the last checkpoint is the model itself.
            ["fine_tuned_model_checkpoint"] = step == Script.LastStep ? Model : $"{Model}:ckpt-step-{step}",
            ["fine_tuning_job_id"] = id,
            ["metrics"] = new JsonObject { ["step"] = step, ["train_loss"] = 0.5, ["type"] = "supervised" },
            ["step_number"] = step,
        });
    }
}
