using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace FineTuneAspire.Inference.Evaluations;

/// <summary>
/// The examples of an evaluation, line by line. The file is copied to a temporary one first: asking models takes minutes, and a
/// connection that is read that slowly is cut at the other end.
/// </summary>
internal sealed class EvaluationFile : IAsyncDisposable
{
    private const int LongestLine = 4 * 1024 * 1024;
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];
    private readonly FileStream _copy;

    private EvaluationFile(FileStream copy) => _copy = copy;

    /// <summary>Lines that are not blank; known once <see cref="ReadAsync"/> has come to the end.</summary>
    public int Count { get; private set; }

    /// <exception cref="EvaluationException">The file is gone.</exception>
    public static async Task<EvaluationFile> OpenAsync(DatasetsClient datasets, Evaluation evaluation, CancellationToken cancellationToken)
    {
        using var response = await datasets.OpenContentAsync(evaluation.Project, evaluation.File, cancellationToken)
            ?? throw new EvaluationException("file_not_found", $"File {evaluation.File} does not exist any more.");
        var copy = new FileStream(Path.Combine(Path.GetTempPath(), $"evaluation-{Guid.NewGuid():N}.jsonl"), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
        });
        try
        {
            await response.Content.CopyToAsync(copy, cancellationToken);
            return new(copy);
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="EvaluationException">A line cannot be asked.</exception>
    public async IAsyncEnumerable<EvaluationExample> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _copy.Position = 0;
        Count = 0;
        var reader = PipeReader.Create(_copy, new StreamPipeReaderOptions(leaveOpen: true));
        for (var index = 0; ; index++)
        {
            var line = await ReadLineAsync(reader, index, cancellationToken);
            if (line is null)
                break;
            var text = index == 0 && line.AsSpan().StartsWith(ByteOrderMark) ? line.AsMemory(ByteOrderMark.Length) : line;
            if (text.Span.Trim(" \t\r"u8).IsEmpty)
                continue;
            Count++;
            yield return EvaluationExample.Parse(index, text);
        }

        await reader.CompleteAsync();
        if (Count == 0)
            throw new EvaluationException("empty_file", "The file has no examples.");
    }

    public ValueTask DisposeAsync() => _copy.DisposeAsync();

    private static async Task<byte[]?> ReadLineAsync(PipeReader reader, int index, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end).ToArray();
                reader.AdvanceTo(buffer.GetPosition(1, end));
                return line;
            }

            if (read.IsCompleted)
            {
                var rest = buffer.ToArray();
                reader.AdvanceTo(buffer.End);
                return rest.Length > 0 ? rest : null;
            }

            if (buffer.Length > LongestLine)
                throw new EvaluationException("invalid_example", $"Line {index + 1} is longer than {LongestLine:N0} bytes.");
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }
}
