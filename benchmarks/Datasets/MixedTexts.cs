using System.Globalization;
using System.Text;

namespace FineTuneAspire.Datasets.Benchmarks;

/// <summary>Texts to compare token counts on: what lies on this machine, and made ones that reach every code point.</summary>
internal static class MixedTexts
{
    private const int Length = 2_000;
    private static readonly string[] Folders = ["/usr/share/doc", "/usr/share/vim", "/usr/share/perl", "/usr/share/i18n/locales", "/usr/lib/python3", "/usr/include"];
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Prose, code and translations in pieces of 2,000 characters, the same number of files from each folder in turn, in the order of a seed.</summary>
    public static List<string> OfThisMachine(int bytes)
    {
        var random = new Random(1);
        var folders = Folders.Where(Directory.Exists).Select(folder => new Queue<string>(Files(folder, random))).ToList();
        List<string> texts = [];
        for (var taken = 0L; taken < bytes && folders.Exists(folder => folder.Count > 0);)
        {
            foreach (var folder in folders)
            {
                if (!folder.TryDequeue(out var path) || Read(path) is not { } text)
                    continue;
                taken += Encoding.UTF8.GetByteCount(text);
                texts.AddRange(Cut(text));
            }
        }

        return texts;
    }

    /// <summary>Made texts: uniformly over all code points, and words over the letters of one neighbourhood, with the signs that patterns know.</summary>
    public static IEnumerable<string> Fuzz(int texts)
    {
        string[] known = [" ", " ", "  ", "\n", "\r\n", "\t", "'s", "'LL", "'\u017F", "\u0301", "/", "!", "12345", "\u00A0", "A", "b", "\u4E00", "<|endoftext|>"];
        var random = new Random(2);
        for (var i = 0; i < texts; i++)
        {
            var text = new StringBuilder();
            var near = random.Next(0x110000);
            for (var length = random.Next(1, 60); length > 0; length--)
                text.Append(random.Next(4) == 0 ? known[random.Next(known.Length)] : Point(i % 2 == 0 ? random.Next(0x110000) : near + random.Next(64)));
            yield return text.ToString();
        }
    }

    /// <summary>Each code point once beside letters of either case, a digit, a sign, a mark and white space.</summary>
    public static IEnumerable<string> EveryCodePoint() =>
        Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(Point).Select(c => $"a{c}b{c}{c} {c}A{c}B'{c} 1{c}2 !{c}\u0301{c}? {c}\n{c}  {c}");

    private static string Point(int value) => Rune.IsValid(value) ? char.ConvertFromUtf32(value) : "\uFFFD";

    private static IEnumerable<string> Files(string folder, Random random)
    {
        var files = new DirectoryInfo(folder).GetFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(file => file.Length is > 0 and < 1 << 20).Select(file => file.FullName).Order(StringComparer.Ordinal).ToArray();
        random.Shuffle(files);
        return files;
    }

    /// <summary>Null for what is no UTF-8 text.</summary>
    private static string? Read(string path)
    {
        try
        {
            var text = Strict.GetString(File.ReadAllBytes(path));
            return text.Contains('\0') ? null : text;
        }
        catch (Exception error) when (error is DecoderFallbackException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Cut(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = Math.Min(text.Length, start + Length);
            if (end < text.Length && char.IsHighSurrogate(text[end - 1]))
                end--;
            yield return text[start..end];
            start = end;
        }
    }
}
