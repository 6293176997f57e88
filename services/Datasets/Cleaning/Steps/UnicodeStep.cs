using System.Buffers;
using System.Text;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>`unicode`: characters in normal form C, without what nobody sees: control characters but tab and line ends, zero-width spaces, byte-order marks.</summary>
internal sealed class UnicodeStep(StepOptions options) : RowStep
{
    public const string Type = "unicode";
    private readonly IReadOnlySet<string> roles = options.Roles();
    private readonly bool removeInvisible = options.Flag("remove_invisible", true);

    // Joiners (U+200C, U+200D) and direction marks have meaning in scripts and emoji; they stay.
    private static readonly SearchValues<char> Invisible = SearchValues.Create(
        [.. Enumerable.Range(0, 0xA0).Select(c => (char)c).Where(c => char.IsControl(c) && c is not ('\t' or '\n' or '\r')), '\u00AD', '\u200B', '\u2060', '\uFEFF']);

    public override void Apply(Example example)
    {
        foreach (var text in example.Texts)
        {
            if (!roles.Contains(text.Message.Role) || text.Kind == TextKind.Arguments)
                continue;
            var composed = CanonicalComposition.Compose(text.Value);
            var hasInvisible = removeInvisible && composed.ContainsAny(Invisible);
            if (hasInvisible || !composed.SequenceEqual(text.Value))
                text.Change(hasInvisible ? Visible(composed) : composed.ToString());
        }
    }

    private static string Visible(ReadOnlySpan<char> text)
    {
        StringBuilder kept = new(text.Length);
        foreach (var c in text)
        {
            if (!Invisible.Contains(c))
                kept.Append(c);
        }

        return kept.ToString();
    }
}
