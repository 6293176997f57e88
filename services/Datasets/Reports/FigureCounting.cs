using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Splitting;
using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>Counts a version's examples, one after the other, in memory that is bounded but for eight bytes an example.</summary>
internal sealed class FigureCounting(TrainingMethod method, ChatTokens tokens, string tempFolder) : IDisposable
{
    private const int Bins = 24;
    private readonly ConsistencyCounting consistency = new(tempFolder);
    private readonly LabelCounting labels = new();
    private readonly SystemPromptCounting systemPrompts = new();
    private readonly TextDiversityCounting inputs = new();
    private readonly TextDiversityCounting answers = new();
    private readonly Histogram turns = new();
    private readonly Histogram lengths = new();
    private readonly Histogram inputCharacters = new();
    private readonly Histogram answerCharacters = new();
    private readonly SortedDictionary<string, (long Messages, int Examples, long Characters)> roles = new(StringComparer.Ordinal);
    private readonly int[] examples = new int[3];
    private int longer, shorter, equal;

    public void Add(JsonElement example, Part part)
    {
        var shown = ShownExample.Of(example, method);
        examples[(int)part]++;
        turns.Add(example.Turns());
        lengths.Add(tokens.Measure(example).Total);
        AddRoles(example);
        systemPrompts.Add(shown.System);
        foreach (var message in shown.Input.Where(message => message.Is("role", "user")))
            inputs.Add(ExampleReading.TextOf(message));
        // What is learnt, earlier answers of a conversation too.
        foreach (var message in shown.Input.Append(shown.Answer).Where(message => message.ValueKind == JsonValueKind.Object && message.Is("role", "assistant")))
            answers.Add(ExampleReading.TextOf(message));
        inputCharacters.Add(shown.Input.Sum(message => ExampleReading.TextOf(message).Length));
        if (shown.Answer.ValueKind == JsonValueKind.Object)
        {
            var answer = ExampleReading.TextOf(shown.Answer);
            answerCharacters.Add(answer.Length);
            labels.Add(shown.Answer.Has("tool_calls") || shown.Answer.Has("function_call") ? null : answer.Trim(), part);
        }

        if (method == TrainingMethod.Dpo)
            AddPreference(example);
        consistency.Add(shown.InputHash(), shown.AnswerHash());
    }

    /// <summary>Ends the adding. What is missing here is laid over it later: the texts of conflicts, near duplicates, suggestions.</summary>
    public (DatasetFigures Figures, IReadOnlyList<IReadOnlyList<int>> Conflicts) ToFigures(int? near, CancellationToken cancellationToken)
    {
        var repetitions = consistency.Find(cancellationToken);
        var hasAnswers = method != TrainingMethod.Reinforcement;
        var figures = new DatasetFigures
        {
            Method = method.Name(),
            Examples = new SplitCounts(examples[(int)Part.Train], examples[(int)Part.Validation], examples[(int)Part.Test]),
            Labels = labels.ToFigures(hasAnswers: method == TrainingMethod.Supervised),
            Roles = [.. roles.Select(role => new RoleFigures(role.Key, role.Value.Messages, role.Value.Examples, role.Value.Characters))],
            Lengths = new LengthFigures
            {
                Turns = turns.ToLengths(Bins),
                Tokens = lengths.ToLengths(Bins),
                InputCharacters = inputCharacters.ToLengths(Bins),
                AnswerCharacters = hasAnswers ? answerCharacters.ToLengths(Bins) : null,
            },
            Duplicates = new DuplicateFigures(repetitions.ExactDuplicates, near),
            Diversity = new DiversityFigures(inputs.ToFigures(), hasAnswers ? answers.ToFigures() : null),
            Consistency = new ConsistencyFigures
            {
                DistinctInputs = repetitions.DistinctInputs,
                RepeatedInputs = repetitions.RepeatedInputs,
                ConflictingInputs = repetitions.ConflictingInputs,
                ConflictingExamples = repetitions.ConflictingExamples,
                Conflicts = [],
            },
            SystemPrompts = systemPrompts.ToFigures(),
            Preferences = method == TrainingMethod.Dpo ? new PreferenceFigures(longer, shorter, equal) : null,
            Suggestions = [],
        };
        return (figures, repetitions.Conflicts);
    }

    public void Dispose() => consistency.Dispose();

    private void AddRoles(JsonElement example)
    {
        var seen = new HashSet<string>();
        foreach (var message in example.AllMessages())
        {
            var role = message.GetProperty("role").GetString()!;
            var (messages, withRole, characters) = roles.GetValueOrDefault(role);
            roles[role] = (messages + 1, withRole + (seen.Add(role) ? 1 : 0), characters + ExampleReading.TextOf(message).Length);
        }
    }

    private void AddPreference(JsonElement example)
    {
        static int Length(JsonElement output) => output.EnumerateArray().Sum(message => ExampleReading.TextOf(message).Length);
        var (preferred, other) = (Length(example.PreferredOutput()), Length(example.NonPreferredOutput()));
        if (preferred > other)
            longer++;
        else if (preferred < other)
            shorter++;
        else
            equal++;
    }
}

/// <summary>An example as a report looks at it.</summary>
/// <param name="System">The texts of its system and developer messages, or null.</param>
/// <param name="Input">The messages before the answer.</param>
/// <param name="Answer">The last message of the (preferred) answer; undefined where the method has none.</param>
/// <param name="Contents">Beside the answer, what makes it the same or another; see <see cref="ConsistencyFigures"/>.</param>
internal sealed record ShownExample(string? System, IReadOnlyList<JsonElement> Input, JsonElement Answer, IReadOnlyList<string> Contents, IReadOnlyList<string> Answers)
{
    public static ShownExample Of(JsonElement example, TrainingMethod method)
    {
        var messages = example.Conversation().GetProperty("messages").EnumerateArray().ToList();
        var system = messages.Where(message => message.Is("role", "system") || message.Is("role", "developer")).Select(ExampleReading.TextOf).ToList();
        var (input, answer, contents, answers) = method switch
        {
            TrainingMethod.Supervised => (messages[..^1], messages[^1], new List<string>(), [Content(messages[^1])]),
            TrainingMethod.Reinforcement => (messages, default, [], example.EnumerateObject().Where(member => member.Name is not ("messages" or "tools")).Select(member => $"{member.Name}={member.Value.GetRawText()}").ToList()),
            _ => OfPreference(example, messages),
        };
        return new ShownExample(system.Count == 0 ? null : string.Join('\n', system), input, answer, contents, answers);
    }

    public ulong InputHash() => Hash(Input.Select(message => $"{message.Text("role")}:{Content(message)}").Concat(Contents));

    public ulong AnswerHash() => Hash(Answers);

    public string InputExcerpt() => Excerpt.Of(Input.Count == 0 ? "" : ExampleReading.TextOf(Input[^1]));

    public string AnswerExcerpt() => Excerpt.Of(Answer.ValueKind == JsonValueKind.Object ? Content(Answer) : string.Join(", ", Answers));

    private static (List<JsonElement>, JsonElement, List<string>, List<string>) OfPreference(JsonElement example, List<JsonElement> messages)
    {
        static string Whole(JsonElement output) => string.Join('\n', output.EnumerateArray().Select(Content));
        var (preferred, other) = (Whole(example.PreferredOutput()), Whole(example.NonPreferredOutput()));
        List<string> pair = string.CompareOrdinal(preferred, other) < 0 ? [preferred, other] : [other, preferred];
        var output = example.PreferredOutput();
        return (messages, output[output.GetArrayLength() - 1], pair, [preferred]);
    }

    private static string Content(JsonElement message)
    {
        var text = ExampleReading.TextOf(message).Trim();
        foreach (var calls in new[] { "tool_calls", "function_call" })
        {
            if (message.Has(calls))
                text += message.GetProperty(calls).GetRawText();
        }

        return text;
    }

    private static ulong Hash(IEnumerable<string> texts)
    {
        var hash = new XxHash3();
        foreach (var text in texts)
        {
            hash.Append(MemoryMarshal.AsBytes(text.AsSpan()));
            hash.Append([0, 0]);   // NUL is in no text: ab + c is not a + bc
        }

        return hash.GetCurrentHashAsUInt64();
    }
}
