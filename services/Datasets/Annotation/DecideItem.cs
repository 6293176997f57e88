using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>`POST /v1/annotation_queues/{queue_id}/items/{number}/decisions`, and `…/adjudication`, which settles the item whatever its annotators said.</summary>
internal static class DecideItem
{
    private const int LongestComment = 10_000;
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task<Results<Ok<AnnotationItemObject>, ApiError>> Handle(
        string queue_id, string number, AnnotationDecisionRequest request, ClaimsPrincipal user, DatasetsDbContext db, FileStorage storage, TrainingFileValidator validator, TimeProvider clock,
        CancellationToken cancellationToken) => DecideAsync(queue_id, number, request, adjudication: false, user, db, storage, validator, clock, cancellationToken);

    public static Task<Results<Ok<AnnotationItemObject>, ApiError>> HandleAdjudication(
        string queue_id, string number, AnnotationDecisionRequest request, ClaimsPrincipal user, DatasetsDbContext db, FileStorage storage, TrainingFileValidator validator, TimeProvider clock,
        CancellationToken cancellationToken) => DecideAsync(queue_id, number, request, adjudication: true, user, db, storage, validator, clock, cancellationToken);

    private static async Task<Results<Ok<AnnotationItemObject>, ApiError>> DecideAsync(
        string queueId, string number, AnnotationDecisionRequest request, bool adjudication, ClaimsPrincipal user, DatasetsDbContext db, FileStorage storage, TrainingFileValidator validator, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (await db.FindQueueAsync(queueId, user.ProjectName(), cancellationToken) is not { } queue)
            return AnnotationApi.NotFound(queueId);
        if (await db.FindItemAsync(queueId, number, cancellationToken) is not { } found)
            return GetItem.NotFound(queueId, number);
        var annotator = request.Annotator ?? user.KeyName();
        if (!adjudication && (annotator is null || !found.Annotators.Contains(annotator)))
            return ApiError.BadRequest($"'annotator' must be one of those of this item: {string.Join(", ", found.Annotators)}.", "annotator");
        if (Check(request, queue) is { } bad)
            return bad;
        if (request.Content is { } content && await CheckContentAsync(content, queue, db, validator, cancellationToken) is { } badContent)
            return badContent;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Locked, so that of two annotators at once the second sees the first's decision.
        var item = await db.AnnotationItems.FromSql($"SELECT * FROM annotation_items WHERE queue_id = {queueId} AND number = {found.Number} FOR UPDATE").SingleAsync(cancellationToken);
        db.AnnotationDecisions.Add(AnnotationDecision.Create(item, request, annotator, user.KeyName(), adjudication, clock));
        await db.SaveChangesAsync(cancellationToken);
        var decisions = await db.DecisionsOfAsync([item], cancellationToken);
        item.Follow(Outcome.Of(item.Annotators, [.. decisions[item.Number]]));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        await using var rows = await QueueRows.OpenAsync(queue, db, storage, clock, cancellationToken);
        return TypedResults.Ok(await rows.ShowAsync(item, decisions, cancellationToken));
    }

    private static ApiError? Check(AnnotationDecisionRequest request, AnnotationQueue queue)
    {
        if (request.Verdict is null || !AnnotationDecision.Verdicts.Contains(request.Verdict))
            return ApiError.BadRequest($"'verdict' must be {string.Join(", ", AnnotationDecision.Verdicts)}.", "verdict");
        if (request.Verdict == AnnotationDecision.Edit != request.Content is not null)
            return ApiError.BadRequest(request.Content is null ? "An 'edit' needs 'content': the whole row as it should be." : $"'content' goes with the verdict 'edit', not with '{request.Verdict}'.", "content");
        if (request.Label is { } label && !queue.Labels.Contains(label))
            return ApiError.BadRequest(queue.Labels.Count == 0 ? "The queue has no labels." : $"'label' must be one of {string.Join(", ", queue.Labels.Take(50))}.", "label");
        if (request.Label is null && queue.LabelsAreAnswers && request.Verdict == AnnotationDecision.Accept)
            return ApiError.BadRequest("The labels of this queue are the rows' answers: choose one in 'label', or reject or edit the row.", "label");
        if (request.Comment is { } comment && (comment.Length > LongestComment || comment.Contains('\0', StringComparison.Ordinal)))
            return ApiError.BadRequest($"'comment' may have at most {LongestComment} characters, none of them NUL.", "comment");
        return null;
    }

    /// <summary>An edited row obeys the rules of every row.</summary>
    private static async Task<ApiError?> CheckContentAsync(JsonElement content, AnnotationQueue queue, DatasetsDbContext db, TrainingFileValidator validator, CancellationToken cancellationToken)
    {
        var version = await db.FindVersionAsync(queue.DatasetId, queue.Version, queue.Project, cancellationToken);
        using var line = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(content, OneLine));
        var validation = await validator.ValidateAsync(line, FileRole.Validation, version!.TrainingMethod(), cancellationToken: cancellationToken);
        return validation.Problems.FirstError is { } error ? ApiError.BadRequest($"'content' is no row: {(error.Path is null ? "" : $"{error.Path}: ")}{error.Message}", "content") : null;
    }
}
