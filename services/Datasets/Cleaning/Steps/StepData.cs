namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>The lists that steps ship with: text files in `Cleaning/Data`, one entry a line, `#` for remarks.</summary>
internal static class StepData
{
    public static IReadOnlyList<string> Lines(string file)
    {
        using StreamReader data = new(typeof(StepData).Assembly.GetManifestResourceStream(file)!);
        return Read(data);
    }

    public static IReadOnlyList<string> Read(TextReader data)
    {
        List<string> lines = [];
        while (data.ReadLine() is { } line)
        {
            if (line.Trim() is { Length: > 0 } entry && entry[0] != '#')
                lines.Add(entry);
        }

        return lines;
    }
}
