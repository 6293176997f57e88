using System.Text;

namespace FineTuneAspire.WholeSystem.Tests;

/// <summary>Small chat JSONL files for the local base model.</summary>
internal static class TrainingData
{
    private static readonly string[] Things = ["apple", "river", "stone", "cloud", "table", "horse", "light", "paper", "green", "music", "bread", "house"];

    /// <summary>Valid chat JSONL, one object a line.</summary>
    public static byte[] Valid(int examples = 12, int offset = 0) =>
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(offset, examples).Select(Line)));

    public static string Line(int index) =>
        $$"""{"messages":[{"role":"user","content":"say {{Things[index % Things.Length]}} {{index}}"},{"role":"assistant","content":"{{Things[index % Things.Length]}}"}]}""" + "\n";

    /// <summary>Valid lines with one replaced (1-based), as bytes because a line may be no text at all.</summary>
    public static byte[] WithLine(int number, ReadOnlySpan<byte> line)
    {
        var bytes = new List<byte>();
        for (var index = 1; index <= 12; index++)
        {
            if (index == number)
            {
                bytes.AddRange(line);
                bytes.Add((byte)'\n');
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(Line(index)));
            }
        }

        return [.. bytes];
    }
}
