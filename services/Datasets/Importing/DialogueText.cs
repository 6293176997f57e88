namespace FineTuneAspire.Datasets.Importing;

/// <summary>A conversation written as one text, `\n\nHuman: …\n\nAssistant: …`, as in Anthropic's hh-rlhf.</summary>
internal static class DialogueText
{
    private static readonly (string Mark, string Role)[] Speakers = [("\n\nHuman:", "user"), ("\n\nAssistant:", "assistant")];

    /// <summary>Null for a text that does not begin with a speaker.</summary>
    public static IReadOnlyList<ImportedMessage>? Read(string text)
    {
        var rest = "\n\n" + text.TrimStart();
        if (!Speakers.Any(speaker => rest.StartsWith(speaker.Mark, StringComparison.Ordinal)))
            return null;

        var messages = new List<ImportedMessage>();
        while (rest.Length > 0)
        {
            var (mark, role) = Speakers.Single(speaker => rest.StartsWith(speaker.Mark, StringComparison.Ordinal));
            var end = Speakers.Select(speaker => rest.IndexOf(speaker.Mark, mark.Length, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(rest.Length).Min();
            messages.Add(new ImportedMessage(role, rest[mark.Length..end].Trim()));
            rest = rest[end..];
        }

        return messages;
    }
}
