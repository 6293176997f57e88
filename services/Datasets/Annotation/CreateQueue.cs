using System.Buffers.Binary;
using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Rows;
using FineTuneAspire.Datasets.Splitting;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>`POST /v1/annotation_queues`.</summary>
internal static class CreateQueue
{
    private const int LongestName = 128;
    private const int LongestText = 10_000;
    private const int MostAnnotators = 100;
    private const int MostLabels = 1000;

    public static async Task<Results<Ok<AnnotationQueueObject>, ApiError>> Handle(
        CreateAnnotationQueueRequest request, ClaimsPrincipal user, DatasetsDbContext db, FileStorage storage, PrelabelSignal signal, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (Check(request) is { } bad)
            return bad;
        if (await db.FindVersionAsync(request.DatasetId, request.Version, user.ProjectName(), cancellationToken) is not { } version)
            return ApiError.BadRequest($"invalid dataset_id or version: there is no version {request.Version} of {FileName.Safe(request.DatasetId)}.", "dataset_id");
        if (ListRows.RefuseWithoutRows(version) is { } refused)
            return refused;
        if (request.PrelabelModel is not null && version.TrainingMethod() != TrainingMethod.Supervised)
            return ApiError.BadRequest($"'prelabel_model' answers rows for the method 'supervised'; this version is for '{version.Method}'.", "prelabel_model");
        if (request.LabelsAreAnswers && version.TrainingMethod() != TrainingMethod.Supervised)
            return ApiError.BadRequest($"'labels_are_answers' goes with the method 'supervised'; this version is for '{version.Method}'.", "labels_are_answers");

        using var manifest = storage.OpenManifest(version.Manifest!);
        var rows = Choose(manifest, request);
        if (rows.Count == 0)
            return ApiError.BadRequest("The version has no row in that part.", "part");
        if (rows.Count > AnnotationQueue.MostItems)
            return ApiError.BadRequest($"These are {rows.Count} rows; a queue has at most {AnnotationQueue.MostItems}. Say in 'sample' how many to draw.", "sample");

        var queue = AnnotationQueue.Create(user.ProjectName(), request, user.KeyName(), clock);
        db.AnnotationQueues.Add(queue);
        db.AnnotationItems.AddRange(rows.Select((row, index) => AnnotationItem.Create(queue, index + 1, row.Id)));
        await db.SaveChangesAsync(cancellationToken);
        signal.Wake();
        return TypedResults.Ok(queue.ToObject(await db.CountItemsAsync(queue.Id, cancellationToken), agreement: null));
    }

    /// <summary>The rows in the order of their places, each once; a sample is drawn by a key of seed and row, so that it is the same again.</summary>
    private static List<Row> Choose(RowManifest manifest, CreateAnnotationQueueRequest request)
    {
        Part? part = request.Part is { } name ? PartFiles.Names[name] : null;
        var wanted = request.Sample ?? AnnotationQueue.MostItems + 1;
        var drawn = new PriorityQueue<Row, ulong>(Comparer<ulong>.Create((one, other) => other.CompareTo(one)));
        byte[]? last = null;
        foreach (var row in manifest.From().Where(row => part is null || row.Part == part))
        {
            if (last is not null && row.Hash.AsSpan().SequenceEqual(last))
                continue;
            last = row.Hash;
            var key = SeededKeys.Of((uint)request.Seed, BinaryPrimitives.ReadUInt64BigEndian(row.Hash));
            if (drawn.Count < wanted)
                drawn.Enqueue(row, key);
            else
                drawn.EnqueueDequeue(row, key);
        }

        return [.. drawn.UnorderedItems.Select(item => item.Element).OrderBy(row => row.Part).ThenBy(row => row.Line)];
    }

    private static ApiError? Check(CreateAnnotationQueueRequest request)
    {
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > LongestName || HasNul(request.Name))
            return ApiError.BadRequest($"'name' must have 1 to {LongestName} characters, none of them NUL.", "name");
        if (request.Part is not null && !PartFiles.Names.ContainsKey(request.Part))
            return ApiError.BadRequest("'part' must be training, validation or test.", "part");
        if (request.Sample is < 1 or > AnnotationQueue.MostItems)
            return ApiError.BadRequest($"'sample' must be from 1 to {AnnotationQueue.MostItems}.", "sample");
        if (request.Annotators.Count == 0 || !AreNames(request.Annotators, MostAnnotators))
            return ApiError.BadRequest($"'annotators' must name 1 to {MostAnnotators} people, each once and with 1 to {LongestName} characters.", "annotators");
        if (request.AnnotatorsPerRow < 1 || request.AnnotatorsPerRow > request.Annotators.Count)
            return ApiError.BadRequest($"'annotators_per_row' must be from 1 to the number of annotators, {request.Annotators.Count}.", "annotators_per_row");
        if (request.Labels is { } labels && !AreNames(labels, MostLabels))
            return ApiError.BadRequest($"'labels' may name at most {MostLabels} labels, each once and with 1 to {LongestName} characters.", "labels");
        if (request.LabelsAreAnswers && request.Labels is not { Count: > 0 })
            return ApiError.BadRequest("'labels_are_answers' needs 'labels'.", "labels_are_answers");
        if (request.Instructions is { } instructions && (instructions.Length > LongestText || HasNul(instructions)))
            return ApiError.BadRequest($"'instructions' may have at most {LongestText} characters, none of them NUL.", "instructions");
        if (request.PrelabelModel is { } model && (string.IsNullOrWhiteSpace(model) || model.Length > LongestName || HasNul(model)))
            return ApiError.BadRequest("'prelabel_model' must be the id of a model.", "prelabel_model");
        return null;
    }

    private static bool AreNames(IReadOnlyList<string> names, int most) =>
        names.Count <= most && names.Distinct().Count() == names.Count && names.All(name => !string.IsNullOrWhiteSpace(name) && name.Length <= LongestName && !HasNul(name));

    private static bool HasNul(string text) => text.Contains('\0', StringComparison.Ordinal);
}
