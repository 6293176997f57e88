using System.IO.Hashing;
using System.Text.Json;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Tokens;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>Reads a training, validation or test file line by line, in memory that does not grow with the size of its lines.</summary>
public sealed class TrainingFileValidator(ChatTokens tokens, IOptions<ValidationOptions> options)
{
    /// <param name="bytes">Read to its end, not disposed.</param>
    /// <param name="role">`training`, `validation` or `test`; only a training file needs ten examples.</param>
    /// <param name="method">What the examples are for.</param>
    /// <param name="file">Named in the problems.</param>
    /// <param name="training">Its lines should not come again in this file.</param>
    public Task<FileValidation> ValidateAsync(
        Stream bytes, FileRole role, TrainingMethod method, string? file = null, FileValidation? training = null, CancellationToken cancellationToken = default) =>
        ValidateAsync(bytes, role, method, new FileValidation(file), training, onExample: null, cancellationToken);

    /// <summary>What was imported: problems of its lines name the places in the source.</summary>
    /// <param name="onExample">Sees each line without errors, in order; the element is gone afterwards.</param>
    public Task<FileValidation> ValidateAsync(
        ImportedFile imported, FileRole role, TrainingMethod method, string? file, ExampleSeen onExample, CancellationToken cancellationToken = default)
    {
        imported.Problems.TellSourceOf(imported.SourceLines);
        return ValidateAsync(imported.Rewind(), role, method, new FileValidation(file, imported.Problems), training: null, onExample, cancellationToken);
    }

    private async Task<FileValidation> ValidateAsync(Stream bytes, FileRole role, TrainingMethod method, FileValidation validation, FileValidation? training, ExampleSeen? onExample, CancellationToken cancellationToken)
    {
        var limits = options.Value;
        var (problems, rules) = (validation.Problems, method.RulesOf(validation.Problems));
        var reader = new LineReader(bytes, limits.MaxLineBytes);
        var (firstBlank, lastBlank) = (0, -1);

        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.Number == 1 && reader.HadByteOrderMark)
                problems.Warning(1, Rules.ByteOrderMark, "The file begins with a byte-order mark. It is left out here; some providers refuse it.");
            if (reader.Number > limits.MaxLines)
            {
                problems.Error(reader.Number, Rules.TooManyLines, $"The file has more than {limits.MaxLines} lines. Split it.");
                break;
            }

            validation.Lines = reader.Number;
            if (!reader.TooLong && IsBlank(reader.Line.Span))
            {
                (firstBlank, lastBlank) = (lastBlank < firstBlank ? reader.Number : firstBlank, reader.Number);
                continue;
            }

            ReportBlanks(problems, ref firstBlank, ref lastBlank);
            if (reader.TooLong)
                problems.Error(reader.Number, Rules.LineTooLong, $"The line is longer than {limits.MaxLineBytes} bytes. If the file has no line ends, write each example on a line of its own; else shorten the example.");
            else
                CheckLine(reader, rules, validation, training, onExample, limits);
        }

        if (lastBlank >= firstBlank && validation.Lines > 0)
            EndWithBlanks(problems, validation, firstBlank, lastBlank);
        if (problems.ErrorCount == 0 && validation.Examples < role.MinimumExamples())
            problems.Error(null, Rules.TooFewExamples, $"{role.Title()} has {validation.Examples} example(s), but must have at least {role.MinimumExamples()} examples");
        return validation;
    }

    private void CheckLine(LineReader reader, IExampleRules rules, FileValidation validation, FileValidation? training, ExampleSeen? onExample, ValidationOptions limits)
    {
        var (problems, line, errors) = (validation.Problems, reader.Number, validation.Problems.ErrorCount);
        if (!LineSyntax.Check(reader.Line.Span, line, problems))
            return;

        using var example = JsonDocument.Parse(reader.Line, new JsonDocumentOptions { MaxDepth = Rules.MaximumDepth });
        rules.Check(example.RootElement, line);
        if (problems.ErrorCount > errors)
            return;

        var count = tokens.Measure(example.RootElement);
        if (count.Longest > limits.MaxExampleTokens)
            problems.Warning(line, Rules.TooManyTokens, $"The example has {count.Longest} tokens, more than {limits.MaxExampleTokens}: what is over is cut off at the end{(count.AnswerEnd > 0 ? ", which is the answer" : "")}.");
        var hash = XxHash3.HashToUInt64(reader.Line.Span);
        if (training is not null && training.Contains(hash))
            problems.Warning(line, Rules.OverlapsTraining, "The line is in the training file too: its loss says nothing about new data.");
        onExample?.Invoke(example.RootElement, line, count);
        if (!validation.Add(hash, count.Total, line))
            problems.Warning(line, Rules.DuplicateLine, "The line is equal to an earlier one.");
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;

    private static void ReportBlanks(ProblemList problems, ref int first, ref int last)
    {
        for (var line = first; line <= last; line++)
            problems.Error(line, Rules.BlankLine, "The line is blank. Remove it: every line must be an example.");
        (first, last) = (0, -1);
    }

    /// <summary>Blank lines at the end of a file with examples are harmless; a file of nothing else is not.</summary>
    private static void EndWithBlanks(ProblemList problems, FileValidation validation, int first, int last)
    {
        if (last - first + 1 == validation.Lines)
            ReportBlanks(problems, ref first, ref last);
        else
            problems.Warning(first, Rules.BlankLine, "The file ends with blank lines; they are left out.");
    }
}

/// <param name="example">Gone when the call ends.</param>
/// <param name="line">Of the file as it was imported.</param>
/// <param name="tokens">By the vocabulary o200k_base.</param>
public delegate void ExampleSeen(JsonElement example, int line, ExampleTokens tokens);

/// <summary>What a file is in its job or dataset.</summary>
public enum FileRole
{
    Training,
    Validation,
    Test,
}

public static class FileRoles
{
    public static int MinimumExamples(this FileRole role) => role == FileRole.Training ? Rules.MinimumExamples : 1;

    /// <summary>As OpenAI begins its sentence: "Training file has 3 example(s), …".</summary>
    public static string Title(this FileRole role) => $"{role} file";

    /// <summary>The request field that names it, such as `training_file`.</summary>
    public static string Param(this FileRole role) => $"{role.ToString().ToLowerInvariant()}_file";

    /// <summary>The code of a job or version that it spoils, such as `invalid_training_file`.</summary>
    public static string InvalidCode(this FileRole role) => $"invalid_{role.Param()}";
}
