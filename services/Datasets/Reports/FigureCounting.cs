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
        AddRoles(shown.All);
        systemPrompts.Add(shown.System);
        inputCharacters.Add(shown.Input.Sum(message => message.Text.Length));
        foreach (var message in shown.Input)
        {
            if (message.Role == "user")
                inputs.Add(message.Text);
            // What is learnt, earlier answers of a conversation too.
            else if (message.Role == "assistant")
                answers.Add(message.Text);
        }

        if (shown.Answer is { } answer)
        {
            answers.Add(answer.Text);
            answerCharacters.Add(answer.Text.Length);
            labels.Add(answer.Calls is null ? answer.Text.Trim() : null, part);
        }

        if (shown.Other is { } other)
        {
            var more = shown.Answers[0].Length - other.Length;
            (longer, shorter, equal) = (longer + (more > 0 ? 1 : 0), shorter + (more < 0 ? 1 : 0), equal + (more == 0 ? 1 : 0));
        }

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

    private void AddRoles(IReadOnlyList<ShownMessage> messages)
    {
        for (var i = 0; i < messages.Count; i++)
        {
            var role = messages[i].Role;
            var isFirst = true;
            for (var earlier = 0; earlier < i && isFirst; earlier++)
                isFirst = messages[earlier].Role != role;
            var (count, withRole, characters) = roles.GetValueOrDefault(role);
            roles[role] = (count + 1, withRole + (isFirst ? 1 : 0), characters + messages[i].Text.Length);
        }
    }
}
