using System.Text;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>`whitespace`: line ends as `\n`, no blanks at the ends of texts and lines, no-break spaces as spaces; on request, runs of white space as one.</summary>
internal sealed class WhitespaceStep(StepOptions options) : RowStep
{
    public const string Type = "whitespace";
    private const string None = "none", Spaces = "spaces", All = "all";
    private readonly IReadOnlySet<string> roles = options.Roles();
    private readonly string collapse = options.Text("collapse", None, None, Spaces, All);
    private readonly bool trim = options.Flag("trim", true);
    private readonly int blankLines = options.Whole("blank_lines", 2, 0, 100);
    private readonly StringBuilder clean = new();

    public override void Apply(Example example)
    {
        foreach (var text in example.Texts)
        {
            if (roles.Contains(text.Message.Role) && text.Kind != TextKind.Arguments)
                text.Change(collapse == All ? OneLine(text.Value) : ByLines(text.Value));
        }
    }

    private string OneLine(string text)
    {
        var words = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return trim || words.Length == 0 ? words : (char.IsWhiteSpace(text[0]) ? " " : "") + words + (char.IsWhiteSpace(text[^1]) ? " " : "");
    }

    private string ByLines(string text)
    {
        clean.Clear();
        var (blank, first) = (0, true);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (!first)
                blank++;
            first = false;
            var words = line.TrimEnd();
            if (words.IsEmpty)
                continue;
            clean.Append('\n', Math.Min(blank, blankLines + 1));
            blank = 0;
            Append(words);
        }

        clean.Append('\n', Math.Min(blank, blankLines + 1));
        return trim ? clean.ToString().Trim() : clean.ToString();
    }

    private void Append(ReadOnlySpan<char> words)
    {
        var indented = true;
        foreach (var c in words)
        {
            var space = c is ' ' or '\t' or '\u00A0' or '\u202F';
            indented &= space;
            if (!space)
                clean.Append(c);
            else if (collapse == None || indented)
                clean.Append(c == '\t' ? c : ' ');
            else if (clean[^1] != ' ')
                clean.Append(' ');
        }
    }
}
