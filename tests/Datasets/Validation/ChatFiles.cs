using System.Text;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.Datasets.Validation;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Tests.Validation;

/// <summary>Chat JSONL for tests: nine good lines before the one under test, which so is line 10.</summary>
internal static class ChatFiles
{
    public const int LineUnderTest = 10;
    public static readonly ChatTokens Tokens = new();
    public static readonly TrainingFileValidator Validator = new(Tokens, Options.Create(new ValidationOptions()));

    public static string Line(int number) => $$"""{"messages":[{"role":"user","content":"Question {{number}}?"},{"role":"assistant","content":"Answer {{number}}."}]}""";

    public static byte[] Lines(int count, int first = 1) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(first, count).Select(number => Line(number) + "\n")));

    public static byte[] WithTenth(ReadOnlySpan<byte> line) => [.. Lines(9), .. line, (byte)'\n'];

    public static Task<FileValidation> ValidateAsync(byte[] file, FileRole role = FileRole.Training, FileValidation? training = null, ValidationOptions? options = null, TrainingMethod method = TrainingMethod.Supervised) =>
        (options is null ? Validator : new TrainingFileValidator(Tokens, Options.Create(options))).ValidateAsync(new MemoryStream(file), role, method, training: training);

    /// <summary>The problems of the tenth line without their prose: `severity code messageIndex path`.</summary>
    public static async Task<string[]> ProblemsOfTenthAsync(string line)
    {
        var validation = await ValidateAsync(WithTenth(Encoding.UTF8.GetBytes(line)));
        return [.. validation.Problems.ToList().Select(problem => problem.Line == LineUnderTest ? Brief(problem) : $"line {problem.Line}: {Brief(problem)}")];
    }

    /// <summary>The same of a line of another method, after nine good ones of it.</summary>
    public static async Task<string[]> ProblemsOfTenthAsync(TrainingMethod method, Func<int, string> good, string line)
    {
        var file = string.Concat(Enumerable.Range(1, 9).Select(number => good(number) + "\n")) + line + "\n";
        var validation = await ValidateAsync(Encoding.UTF8.GetBytes(file), method: method);
        return [.. validation.Problems.ToList().Select(problem => problem.Line == LineUnderTest ? Brief(problem) : $"line {problem.Line}: {Brief(problem)}")];
    }

    public static string Brief(DatasetProblem problem) => $"{problem.Severity} {problem.Code} {problem.MessageIndex?.ToString() ?? "-"} {problem.Path ?? "-"}";
}
