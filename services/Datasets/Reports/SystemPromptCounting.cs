using System.IO.Hashing;
using System.Runtime.InteropServices;
using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>Which system prompts there are, and how often. The first 10,000 different ones are told apart; more are only counted.</summary>
internal sealed class SystemPromptCounting
{
    private const int ToldApart = 10_000;
    private const int Listed = 20;
    private readonly Dictionary<ulong, (int Examples, string Text)> prompts = [];
    private readonly DistinctCount distinct = new();
    private readonly HashSet<ulong> apartFromSpelling = [];
    private int examples;
    private int without;

    /// <param name="text">Of the system's and the developer's messages; null where an example has none.</param>
    public void Add(string? text)
    {
        examples++;
        if (text is null)
        {
            without++;
            return;
        }

        var hash = Hash(text);
        distinct.Add(hash);
        if (prompts.TryGetValue(hash, out var known))
        {
            prompts[hash] = known with { Examples = known.Examples + 1 };
        }
        else if (prompts.Count < ToldApart)
        {
            prompts[hash] = (1, Excerpt.Of(text));
            apartFromSpelling.Add(Hash(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToLowerInvariant()));
        }
    }

    public SystemPromptFigures ToFigures() => new()
    {
        Distinct = distinct.Value(),
        DistinctApartFromSpelling = apartFromSpelling.Count,
        ExamplesWithout = without,
        Prompts = [.. prompts.Values.OrderByDescending(prompt => prompt.Examples).ThenBy(prompt => prompt.Text, StringComparer.Ordinal).Take(Listed)
            .Select(prompt => new SystemPrompt(prompt.Text, prompt.Examples, Math.Round((double)prompt.Examples / examples, 4)))],
    };

    private static ulong Hash(string text) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text.AsSpan()));
}

internal static class Excerpt
{
    private const int Longest = 160;

    /// <summary>The first characters of a text, on one line.</summary>
    public static string Of(string text)
    {
        var cut = text.Length <= Longest ? text : text[..(char.IsHighSurrogate(text[Longest - 1]) ? Longest - 1 : Longest)] + "…";
        return string.Concat(cut.Select(c => char.IsControl(c) ? ' ' : c));
    }
}
