using System.Buffers;
using System.Text;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>`profanity`: leaves out examples with a listed word, or masks it. Whole words, in any case: a word within a word does not count.</summary>
internal sealed class ProfanityStep(StepOptions options) : RowStep
{
    public const string Type = "profanity";
    private const string DropAction = "drop", MaskAction = "mask";
    private readonly IReadOnlySet<string> roles = options.Roles();
    private readonly string action = options.Text("action", DropAction, DropAction, MaskAction);
    private readonly IReadOnlyList<string> words = options.Texts("words", [], 10_000);
    private readonly bool listed = options.Flag("listed", true);
    private SearchValues<string> all = SearchValues.Create([], StringComparison.OrdinalIgnoreCase);
    private string[] byLength = [];

    public override void Prepare(StepServices services)
    {
        byLength = [.. words.Concat(listed ? services.Profanities() : []).Distinct(StringComparer.OrdinalIgnoreCase).OrderByDescending(word => word.Length)];
        all = SearchValues.Create(byLength, StringComparison.OrdinalIgnoreCase);
    }

    public override void Apply(Example example)
    {
        foreach (var text in example.Texts)
        {
            if (!roles.Contains(text.Message.Role) || text.Kind == TextKind.Arguments || !text.Value.AsSpan().ContainsAny(all))
                continue;
            var masked = Masked(text.Value);
            if (masked == text.Value)
                continue;
            if (action == MaskAction)
            {
                text.Change(masked);
                continue;
            }

            example.Drop($"{text.Message.List}[{text.Message.Index}] has a listed word.");
            return;
        }
    }

    private string Masked(string text)
    {
        StringBuilder masked = new(text);
        var from = 0;
        while (text.AsSpan(from).IndexOfAny(all) is >= 0 and var found)
        {
            var start = from + found;
            from = start + 1;
            if (start > 0 && char.IsLetterOrDigit(text[start - 1]))
                continue;
            foreach (var word in byLength)
            {
                var end = start + word.Length;
                if (end > text.Length || !text.AsSpan(start, word.Length).Equals(word, StringComparison.OrdinalIgnoreCase) || (end < text.Length && char.IsLetterOrDigit(text[end])))
                    continue;
                for (var i = start; i < end; i++)
                    masked[i] = '*';
                from = end;
                break;
            }
        }

        return masked.ToString();
    }
}
