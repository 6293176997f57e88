using System.Buffers;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Rows;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Splitting;

/// <summary>The bytes of up to three new files and of the manifest of their rows, sealed but not yet kept. A part without lines has no file.</summary>
internal sealed class SplitFiles(FileStorage storage, int maxLineBytes) : IAsyncDisposable
{
    private readonly Dictionary<Part, IncomingFile> files = [];
    private readonly Dictionary<Part, int> lines = [];
    private readonly Dictionary<Part, ArrayBufferWriter<byte>> pending = [];
    private readonly RowManifestWriter rows = new(storage.Incoming);
    private IncomingFile? manifest;

    public IReadOnlyDictionary<Part, IncomingFile> Files => files;

    /// <summary>Only after <see cref="SealAsync"/>.</summary>
    public IncomingFile Manifest => manifest ?? throw new InvalidOperationException("Rows are still being added.");

    /// <summary>The parts and the manifest.</summary>
    public IEnumerable<IncomingFile> All => [.. files.Values, Manifest];

    public SplitCounts Counts => new(lines.GetValueOrDefault(Part.Train), lines.GetValueOrDefault(Part.Validation), lines.GetValueOrDefault(Part.Test));

    /// <summary>Copies a file's lines, each to its part, in their order: without a byte-order mark and blank lines, with `\n` ends, otherwise untouched.</summary>
    /// <param name="partOf">By the number of the row, from 0 and without blank lines.</param>
    /// <param name="origin">Group and source line, by the number of the row and of the line that holds it (from 1).</param>
    public async Task AddAsync(Stream source, Func<int, Part> partOf, Func<int, int, (ulong Group, int SourceLine)> origin, CancellationToken cancellationToken)
    {
        var reader = new LineReader(source, maxLineBytes);
        var number = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.Line.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
                continue;
            await WriteAsync(partOf(number), reader.Line, origin(number, reader.Number), cancellationToken);
            number++;
        }
    }

    public async Task SealAsync(CancellationToken cancellationToken)
    {
        foreach (var (part, file) in files)
        {
            await FlushAsync(part, cancellationToken);
            await file.SealAsync(cancellationToken);
        }

        manifest = await rows.WriteAsync(storage, cancellationToken);
    }

    private async Task WriteAsync(Part part, ReadOnlyMemory<byte> line, (ulong Group, int SourceLine) origin, CancellationToken cancellationToken)
    {
        if (!files.ContainsKey(part))
            (files[part], pending[part]) = (storage.Receive(), new ArrayBufferWriter<byte>(64 * 1024));
        lines[part] = lines.GetValueOrDefault(part) + 1;
        rows.Add(line.Span, origin.Group, files[part].Length + pending[part].WrittenCount, part, lines[part], origin.SourceLine);
        pending[part].Write(line.Span);
        pending[part].Write("\n"u8);
        if (pending[part].WrittenCount >= 64 * 1024)
            await FlushAsync(part, cancellationToken);
    }

    private async Task FlushAsync(Part part, CancellationToken cancellationToken)
    {
        await files[part].WriteAsync(pending[part].WrittenMemory, cancellationToken);
        pending[part].ResetWrittenCount();
    }

    public async ValueTask DisposeAsync()
    {
        rows.Dispose();
        if (manifest is not null)
            await manifest.DisposeAsync();
        foreach (var file in files.Values)
            await file.DisposeAsync();
    }
}
