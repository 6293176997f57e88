using System.Buffers;
using System.IO.Pipelines;
using FineTuneAspire.LocalModel;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>Ends a run or a validation with the `error` that the job then shows.</summary>
internal sealed class JobFailedException(JobFailure failure) : Exception(failure.Message)
{
    public JobFailure Failure { get; } = failure;
}

/// <summary>Reads chat JSONL into examples, line by line.</summary>
internal static class TrainingFile
{
    public const int MinExamples = 10;

    /// <summary>Longer lines could only be examples that no model here has the context for.</summary>
    private const int MaxLineBytes = 8 << 20;

    /// <param name="path">Where the bytes lie.</param>
    /// <param name="fileId">What messages call it.</param>
    /// <param name="param">`training_file` or `validation_file`.</param>
    /// <exception cref="JobFailedException">The first thing wrong, with its line.</exception>
    public static async Task<List<TrainingExample>> ReadAsync(string path, string fileId, string param, LanguageModel model, CancellationToken cancellationToken)
    {
        var examples = new List<TrainingExample>();
        var number = 0;
        var reader = PipeReader.Create(Open(path, fileId, param), new StreamPipeReaderOptions(bufferSize: 1 << 16));
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken);
                var buffer = result.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    Add(buffer.Slice(0, end));
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                }

                if (buffer.Length > MaxLineBytes)
                    throw Invalid($"Line {number + 1} of {fileId} is longer than {MaxLineBytes} bytes.");
                if (result.IsCompleted)
                {
                    Add(buffer);
                    break;
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }

        if (param == "training_file" && examples.Count < MinExamples)
            throw new JobFailedException(new("invalid_n_examples", $"Training file has {examples.Count} example(s), but must have at least {MinExamples} examples", param));
        if (examples.Count == 0)
            throw new JobFailedException(new("invalid_n_examples", "Validation file has 0 example(s), but must have at least 1 example", param));
        return examples;

        void Add(ReadOnlySequence<byte> bytes)
        {
            number++;
            ReadOnlyMemory<byte> line = bytes.ToArray();
            if (number == 1 && line.Span.StartsWith("\uFEFF"u8))
                line = line[3..];
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
                return;
            try
            {
                var example = ChatTemplate.Encode(model, ChatLine.Parse(line));
                if (ContextCheck.Problem(example, model.Config) is { } problem)
                    throw Invalid($"Line {number} of {fileId}: {problem}");
                examples.Add(example);
            }
            catch (BrokenLineException broken)
            {
                throw Invalid($"Line {number} of {fileId} {broken.Message}");
            }
        }

        JobFailedException Invalid(string message) => new(new($"invalid_{param}", message, param));
    }

    private static FileStream Open(string path, string fileId, string param)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (FileNotFoundException)
        {
            throw new JobFailedException(new($"invalid_{param}", $"{fileId} was deleted before the job had read it. Upload it again and create a new job.", param));
        }
    }
}
