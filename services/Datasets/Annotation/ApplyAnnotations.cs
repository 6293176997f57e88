using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Rows;
using FineTuneAspire.Datasets.Validation;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>Makes of a version's rows what the annotators of a queue left of them.</summary>
internal sealed class ApplyAnnotations(FileStorage storage, IOptions<ValidationOptions> options)
{
    private const int FlushedBytes = 64 * 1024;
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What was decided of rows, by their ids, when the version was asked for.</summary>
    public static async Task<AnnotatedRows> ReadAsync(DatasetVersion version, DatasetsDbContext db, CancellationToken cancellationToken)
    {
        var queue = await db.AnnotationQueues.AsNoTracking().SingleAsync(row => row.Id == version.AnnotationQueue, cancellationToken);
        var items = await db.AnnotationItems.AsNoTracking().Where(item => item.QueueId == queue.Id).ToListAsync(cancellationToken);
        var decisions = (await db.AnnotationDecisions.AsNoTracking().Where(decision => decision.QueueId == queue.Id && decision.CreatedAt <= version.CreatedAt).OrderBy(decision => decision.Id).ToListAsync(cancellationToken))
            .ToLookup(decision => decision.Number);
        var outcomes = items.Select(item => (item.RowId, Outcome.Of(item.Annotators, [.. decisions[item.Number]]).Decision)).Where(item => item.Decision is not null);
        return new AnnotatedRows(outcomes.ToDictionary(item => item.RowId, item => item.Decision!), queue.LabelsAreAnswers);
    }

    /// <param name="rows">Disposed with the result.</param>
    public async Task<ImportedFile> HandleAsync(ImportedFile rows, AnnotatedRows annotated, string? file, CancellationToken cancellationToken)
    {
        var changed = new ImportedFile(rows.Format, Stream.Null, storage.Receive(), new ProblemList(file));
        try
        {
            var pending = new ArrayBufferWriter<byte>(FlushedBytes);
            var reader = new LineReader(rows.Rewind(), options.Value.MaxLineBytes);
            for (var row = 0; await reader.ReadAsync(cancellationToken); row++)
            {
                var decision = annotated.Decisions.GetValueOrDefault(Convert.ToHexStringLower(SHA256.HashData(reader.Line.Span)));
                if (decision?.Verdict == AnnotationDecision.Reject)
                    continue;
                pending.Write(decision is null ? reader.Line.Span : Changed(reader.Line, decision, annotated.LabelsAreAnswers));
                pending.Write("\n"u8);
                changed.Add(reader.Number, rows.Groups[row]);
                if (pending.WrittenCount >= FlushedBytes)
                    await changed.FlushAsync(pending, cancellationToken);
            }

            await changed.FlushAsync(pending, cancellationToken);
            return changed;
        }
        catch
        {
            await changed.DisposeAsync();
            throw;
        }
    }

    private static ReadOnlySpan<byte> Changed(ReadOnlyMemory<byte> line, AnnotationDecision decision, bool labelsAreAnswers)
    {
        if (decision.Content is null && !(labelsAreAnswers && decision.Label is not null))
            return line.Span;
        var row = decision.Content is null ? JsonNode.Parse(line.Span)! : JsonNode.Parse(decision.Content)!;
        if (labelsAreAnswers && decision.Label is { } label && row["messages"]!.AsArray().LastOrDefault(message => (string?)message!["role"] == "assistant") is { } answer)
            answer["content"] = label;
        return Encoding.UTF8.GetBytes(row.ToJsonString(OneLine));
    }
}

/// <param name="Decisions">By the row's id.</param>
internal sealed record AnnotatedRows(IReadOnlyDictionary<string, AnnotationDecision> Decisions, bool LabelsAreAnswers);
