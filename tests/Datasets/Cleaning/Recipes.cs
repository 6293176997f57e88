using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Cleaning;
using FineTuneAspire.Datasets.Cleaning.Steps;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Pricing;
using FineTuneAspire.TestKit;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Tests.Cleaning;

/// <summary>Applies recipes to lines without a service.</summary>
internal static class Recipes
{
    private static readonly Lazy<TokenCounters> Counters = new(() => new TokenCounters(BaseModelCatalog.Load(), () => ChatTokens()));

    public static string Chat(string user, string assistant) => JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = user }, new { role = "assistant", content = assistant } } }, Relaxed);

    public static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task<Outcome> ApplyAsync(string steps, params IEnumerable<string> lines) => ApplyAsync(steps, lines, null, null, null);

    public static async Task<Outcome> ApplyAsync(string steps, IEnumerable<string> lines, ImportRequest? import, Func<RehearsalSource, string>? rehearsal, int? mostRows, RecipeOptions? options = null, bool trainingRows = true)
    {
        var token = TestContext.Current.CancellationToken;
        var folder = TestFolder.Create("recipes");
        var storage = new FileStorage(Options.Create(new StorageOptions { Path = folder }));
        var validation = Options.Create(new ValidationOptions());
        var source = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        await using var imported = await new ImportFile(storage, validation).HandleAsync(source, import ?? new ImportRequest(), TrainingMethod.Supervised, file: null, token);
        var settings = new RecipeSettings((from, _) => Task.FromResult<Stream>(new MemoryStream(Encoding.UTF8.GetBytes(rehearsal!(from)))), TrainingRows: trainingRows, MostRows: mostRows);
        Outcome outcome;
        await using (var cleaned = await new ApplyRecipe(storage, Counters.Value, validation, Options.Create(options ?? new RecipeOptions())).HandleAsync(imported, Recipe.Parse(steps), settings, token))
        {
            var text = await new StreamReader(cleaned.Rows.Rewind(), leaveOpen: true).ReadToEndAsync(token);
            outcome = new Outcome(
                text.Split('\n', StringSplitOptions.RemoveEmptyEntries), [.. cleaned.Rows.SourceLines], [.. cleaned.Rows.Groups], cleaned.Steps,
                [.. cleaned.Rows.Problems.ToList().Select(problem => $"{problem.Line} {problem.Severity} {problem.Code}: {problem.Message}")], cleaned.IsSample);
        }

        await imported.DisposeAsync();
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "incoming")));
        return outcome;
    }

    /// <summary>The first line's texts after the steps, joined with `|`.</summary>
    public static async Task<string> TextsAsync(string steps, string line)
    {
        var outcome = await ApplyAsync(steps, line);
        if (outcome.Lines.Length == 0)
            return "dropped: " + outcome.Steps.SelectMany(step => step.Examples).Single().Reason;
        using var example = JsonDocument.Parse(outcome.Lines[0]);
        return string.Join('|', example.RootElement.GetProperty("messages").EnumerateArray().Select(message => message.TryGetProperty("content", out var content) ? content.ToString() : "-"));
    }

    private static ChatTokens ChatTokens() => Validation.ChatFiles.Tokens;
}

internal sealed record Outcome(string[] Lines, int[] SourceLines, ulong[] Groups, IReadOnlyList<StepReport> Steps, string[] Problems, bool IsSample)
{
    /// <summary>`type read/changed/dropped/added/refused` of each step.</summary>
    public string Counts => string.Join("; ", Steps.Select(step => $"{step.Type} {step.Read}/{step.Changed}/{step.Dropped}/{step.Added}/{step.Refused}"));
}
