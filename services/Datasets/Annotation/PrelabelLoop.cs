using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>Wakes the <see cref="PrelabelLoop"/>.</summary>
internal sealed class PrelabelSignal : WorkSignal;

/// <summary>
/// Asks queues' models for proposals, one item after another. The item's row says whether it is to be asked and when; it is taken for longer than an
/// answer may take, so that several processes share the work and a dead one's item comes up again.
/// </summary>
internal sealed partial class PrelabelLoop(IServiceScopeFactory scopes, FileStorage storage, PrelabelSignal signal, TimeProvider clock, ILogger<PrelabelLoop> logger) : WorkLoop(signal, parallelism: 1, PollEvery, clock, logger)
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Taken = TimeSpan.FromSeconds(90);

    /// <returns>False when there was nothing to do.</returns>
    internal override async Task<bool> RunNextAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DatasetsDbContext>();
        if (await ClaimAsync(db, cancellationToken) is not { } item)
            return false;

        var queue = await db.AnnotationQueues.AsNoTracking().SingleAsync(row => row.Id == item.QueueId, cancellationToken);
        try
        {
            await using var rows = await QueueRows.OpenAsync(queue, db, storage, Clock, cancellationToken);
            if ((await rows.ReadAsync(item, cancellationToken)).Content is { } row)
                item.EndPrelabel(await scope.ServiceProvider.GetRequiredService<InferenceClient>().AnswerAsync(queue.Project, queue.PrelabelModel!, Question(row), cancellationToken));
            else
                item.FailPrelabel("The file that holds the row was deleted.", Clock);
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            LogNoAnswer(failure, item.QueueId, item.Number);
            item.FailPrelabel(failure.Message, Clock);
        }

        await db.SaveChangesAsync(cancellationToken);
        return true;
    }

    /// <summary>The row's messages up to its last answer.</summary>
    private static JsonArray Question(JsonElement row)
    {
        var messages = JsonNode.Parse(row.GetProperty("messages").GetRawText())!.AsArray();
        while (messages.Count > 0 && (string?)messages[^1]!["role"] == "assistant")
            messages.RemoveAt(messages.Count - 1);
        foreach (var message in messages)
            message!.AsObject().Remove("weight"); // Of training, not of chat.
        return messages;
    }

    private async Task<AnnotationItem?> ClaimAsync(DatasetsDbContext db, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var now = Clock.GetUtcNow();
        var item = (await db.AnnotationItems.FromSql($"SELECT * FROM annotation_items WHERE prelabel_due_at <= {now} ORDER BY prelabel_due_at, queue_id, number LIMIT 1 FOR UPDATE SKIP LOCKED").ToListAsync(cancellationToken)).SingleOrDefault();
        if (item is null)
            return null;
        item.BeginPrelabel(Clock, Taken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return item;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No proposal for item {Number} of {QueueId}")]
    private partial void LogNoAnswer(Exception exception, string queueId, int number);
}
