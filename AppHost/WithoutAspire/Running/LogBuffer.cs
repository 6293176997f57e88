using System.Text;
using System.Text.RegularExpressions;

namespace FineTuneAspire.AppHost.WithoutAspire.Running;

/// <param name="Number">Counts from 1 for each resource; a reader asks for what came after the last one it has.</param>
internal sealed record LogLine(long Number, DateTimeOffset Time, string Text);

/// <summary>The last lines of one resource, without terminal control sequences: a log may not steer the reader's terminal.</summary>
internal sealed partial class LogBuffer(TimeProvider clock)
{
    private const int Kept = 2_000;
    private const int LongestLine = 8_192;
    private readonly Queue<LogLine> _lines = new();
    private readonly Lock _gate = new();
    private long _last;

    public LogLine Add(string text)
    {
        var clean = Printable(text.Length > LongestLine ? text[..LongestLine] + "…" : text);
        lock (_gate)
        {
            var line = new LogLine(++_last, clock.GetUtcNow(), clean);
            _lines.Enqueue(line);
            if (_lines.Count > Kept)
                _lines.Dequeue();
            return line;
        }
    }

    public IReadOnlyList<LogLine> After(long number)
    {
        lock (_gate)
            return [.. _lines.Where(line => line.Number > number)];
    }

    private static string Printable(string text)
    {
        text = EscapeSequence().Replace(text, "");
        if (!text.Any(char.IsControl))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (var character in text)
            clean.Append(character == '\t' || !char.IsControl(character) ? character : '\uFFFD');
        return clean.ToString();
    }

    [GeneratedRegex("\u001b\\[[0-9;?]*[A-Za-z]")]
    private static partial Regex EscapeSequence();
}
