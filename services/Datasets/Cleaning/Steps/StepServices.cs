using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>What steps may use beside their options.</summary>
/// <param name="TempFolder">For what exceeds memory.</param>
/// <param name="MaxLineBytes">A longer line of another file is not read.</param>
/// <param name="Method">What the examples are for, and so which rules they are held to.</param>
/// <param name="Tokens">The counter of an encoding.</param>
/// <param name="Profanities">The operator's list, or the shipped one.</param>
/// <param name="OpenRehearsal">The chat JSONL that a rehearsal draws from, at its beginning.</param>
internal sealed record StepServices(
    string TempFolder, int MaxLineBytes, TrainingMethod Method, Func<string, IExampleTokens> Tokens, Func<IReadOnlyList<string>> Profanities,
    Func<RehearsalSource, CancellationToken, Task<Stream>> OpenRehearsal);

/// <summary>A version of a dataset of the same project, whose training part is meant, or a file of chat JSONL.</summary>
public sealed record RehearsalSource(string? Dataset, int? Version, string? File);
