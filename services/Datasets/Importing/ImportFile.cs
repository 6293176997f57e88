using System.Buffers;
using System.IO.Hashing;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Validation;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>Makes JSONL of a method's examples from a file in any known form. What is such JSONL already is left as it is, so that validation sees the caller's own bytes.</summary>
public sealed class ImportFile(FileStorage storage, IOptions<ValidationOptions> options)
{
    private const int FlushedBytes = 64 * 1024;
    private static readonly JsonWriterOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="source">Seekable, at its beginning; read again by the result where nothing had to be changed.</param>
    /// <param name="file">Named in the problems.</param>
    public async Task<ImportedFile> HandleAsync(Stream source, ImportRequest request, TrainingMethod method, string? file, CancellationToken cancellationToken)
    {
        var container = await SourceRecords.SniffAsync(source, cancellationToken);
        if (container == Container.JsonLines && await FindReadyAsync(source, request, method, cancellationToken) is { } format)
            return new ImportedFile(format, source, converted: null, new ProblemList(file));

        var problems = new ProblemList(file);
        var imported = new ImportedFile(request.Format, source, storage.Receive(), problems);
        try
        {
            await ConvertAsync(imported, container, request, method, cancellationToken);
            return imported;
        }
        catch
        {
            await imported.DisposeAsync();
            throw;
        }
    }

    /// <summary>The format of a file that needs no conversion, or null. Lines of an unknown form need none: validation then says line by line what an example needs.</summary>
    private async Task<string?> FindReadyAsync(Stream source, ImportRequest request, TrainingMethod method, CancellationToken cancellationToken)
    {
        if (request.Template is not null)
            return null;
        await foreach (var first in new SourceRecords(options.Value.MaxLineBytes, new ProblemList()).ReadAsync(source, Container.JsonLines, cancellationToken))
        {
            source.Position = 0;
            var importer = Importers.Find(request, method, first.Value);
            return importer is null ? method.ReadyFormat() : importer.LeavesAsIs(first.Value) ? importer.Format : null;
        }

        source.Position = 0;
        return request.Format == Importers.Auto || request.Format == method.ReadyFormat() ? method.ReadyFormat() : null;
    }

    private async Task ConvertAsync(ImportedFile imported, Container container, ImportRequest request, TrainingMethod method, CancellationToken cancellationToken)
    {
        var (problems, limits) = (imported.Problems, options.Value);
        var pending = new ArrayBufferWriter<byte>(FlushedBytes);
        Importer? importer = null;
        await foreach (var record in new SourceRecords(limits.MaxLineBytes, problems).ReadAsync(imported.Source, container, cancellationToken))
        {
            importer ??= Importers.Find(request, method, record.Value);
            if (importer is null)
            {
                var fields = string.Join(", ", record.Value.EnumerateObject().Select(property => property.Name).Take(20));
                // A table's fields stand in its first line.
                problems.Error(container == Container.Delimited ? 1 : record.Line, Rules.UnknownFormat, $"No importer for the method '{method.Name()}' knows records with the fields {fields}. {method.HintFor(record.Value) ?? "Name one in 'import.format', or say in 'import.template' how they become messages."}");
                return;
            }

            imported.Format = importer.Format;
            try
            {
                foreach (var example in importer.Import(record.Value))
                {
                    if (imported.SourceLines.Count == limits.MaxLines)
                    {
                        problems.Error(record.Line, Rules.TooManyLines, $"The file has more than {limits.MaxLines} examples. Split it.");
                        return;
                    }

                    Write(pending, example);
                    imported.Add(record.Line, GroupOf(example, record.Value, request.Group, pending.WrittenSpan));
                    if (example.Warning is { } warning)
                        problems.Warning(record.Line, warning.Code, warning.Message, warning.Path);
                    if (pending.WrittenCount >= FlushedBytes)
                        await imported.FlushAsync(pending, cancellationToken);
                }
            }
            catch (RecordException exception)
            {
                problems.Error(record.Line, Rules.InvalidRecord, exception.Message, exception.Path);
            }
        }

        await imported.FlushAsync(pending, cancellationToken);
    }

    private static void Write(ArrayBufferWriter<byte> pending, ImportedExample example)
    {
        using (var json = new Utf8JsonWriter(pending, Written))
        {
            if (example.Raw is { } raw)
            {
                raw.WriteTo(json);
            }
            else
            {
                json.WriteStartObject();
                json.WriteStartArray("messages");
                foreach (var message in example.Messages!)
                {
                    json.WriteStartObject();
                    json.WriteString("role", message.Role);
                    json.WriteString("content", message.Content);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }
        }

        pending.Write("\n"u8);
    }

    /// <summary>A hash of what keeps examples together: the field that the caller named, else what the importer knows, else the line itself.</summary>
    private static ulong GroupOf(ImportedExample example, JsonElement record, string? field, ReadOnlySpan<byte> written)
    {
        if (field is not null)
        {
            return record.TryGetProperty(field, out var value)
                ? XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(value.ToString()))
                : throw new RecordException(field, $"'import.group' names '{field}', which the record lacks.");
        }

        if (example.Group is { } group)
            return XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(group));
        var line = written[..^1];
        return XxHash3.HashToUInt64(line[(line.LastIndexOf((byte)'\n') + 1)..]);
    }
}

/// <summary>A source as JSONL of examples. Disposing it removes what was converted, never the source.</summary>
public sealed class ImportedFile(string format, Stream source, IncomingFile? converted, ProblemList problems) : IAsyncDisposable
{
    /// <summary>The group of examples of other data that a recipe has mixed in against forgetting: they are only ever trained on.</summary>
    internal const ulong RehearsalGroup = 0x5265_6865_6172_7361;

    private readonly List<int> sourceLines = [];
    private readonly List<ulong> groups = [];

    /// <summary>The importer that read it.</summary>
    public string Format { get; internal set; } = format;

    public ProblemList Problems => problems;

    /// <summary>Of each example: the line, row or element that it came from. Empty where nothing was converted.</summary>
    public IReadOnlyList<int> SourceLines => sourceLines;

    /// <summary>Of each example: equal values stay together in a split. Empty where nothing is known: each line is its own group then.</summary>
    public IReadOnlyList<ulong> Groups => groups;

    /// <summary>Rows of another version, as they are there.</summary>
    internal static ImportedFile OfVersion(string format, Stream rows, IReadOnlyList<ulong> groups, string? file)
    {
        var imported = new ImportedFile(format, rows, converted: null, new ProblemList(file));
        imported.groups.AddRange(groups);
        return imported;
    }

    public bool IsConverted => converted is not null;

    internal Stream Source => source;

    /// <summary>The JSONL from its beginning.</summary>
    public Stream Rewind() => converted is null ? Rewound(source) : Meter(Rewound(converted.Bytes));

    /// <summary>Through which what was converted is read; the source is metered by whoever opened it.</summary>
    internal Func<Stream, Stream> Meter { get; set; } = stream => stream;

    internal void Add(int sourceLine, ulong group)
    {
        sourceLines.Add(sourceLine);
        groups.Add(group);
    }

    internal async Task FlushAsync(ArrayBufferWriter<byte> pending, CancellationToken cancellationToken)
    {
        await converted!.WriteAsync(pending.WrittenMemory, cancellationToken);
        pending.ResetWrittenCount();
    }

    public ValueTask DisposeAsync() => converted?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static Stream Rewound(Stream stream)
    {
        stream.Position = 0;
        return stream;
    }
}
