using System.Buffers;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Splitting;

/// <summary>The bytes of up to three new files, sealed but not yet kept. A part without lines has no file.</summary>
internal sealed class SplitFiles(FileStorage storage, int maxLineBytes) : IAsyncDisposable
{
    private readonly Dictionary<Part, IncomingFile> files = [];
    private readonly Dictionary<Part, int> lines = [];
    private readonly Dictionary<Part, ArrayBufferWriter<byte>> pending = [];

    public IReadOnlyDictionary<Part, IncomingFile> Files => files;

    public SplitCounts Counts => new(lines.GetValueOrDefault(Part.Train), lines.GetValueOrDefault(Part.Validation), lines.GetValueOrDefault(Part.Test));

    /// <summary>Copies a file's lines, each to its part, in their order: without a byte-order mark and blank lines, with `\n` ends, otherwise untouched.</summary>
    /// <param name="partOf">By the number of the line, from 0 and without blank ones.</param>
    public async Task AddAsync(Stream source, Func<int, Part> partOf, CancellationToken cancellationToken)
    {
        var reader = new LineReader(source, maxLineBytes);
        var number = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.Line.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
                continue;
            await WriteAsync(partOf(number++), reader.Line, cancellationToken);
        }
    }

    public async Task SealAsync(CancellationToken cancellationToken)
    {
        foreach (var (part, file) in files)
        {
            await FlushAsync(part, cancellationToken);
            await file.SealAsync(cancellationToken);
        }
    }

    private async Task WriteAsync(Part part, ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        if (!files.ContainsKey(part))
            (files[part], pending[part]) = (storage.Receive(), new ArrayBufferWriter<byte>(64 * 1024));
        lines[part] = lines.GetValueOrDefault(part) + 1;
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
        foreach (var file in files.Values)
            await file.DisposeAsync();
    }
}
