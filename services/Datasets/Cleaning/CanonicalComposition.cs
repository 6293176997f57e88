using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>
/// Unicode's normal form C. The platform's string.Normalize returns its input where globalization is invariant, as it is here, so that images
/// need no ICU; therefore this follows Unicode Standard Annex 15 (decompose, order the marks, compose) from a data file of our own.
/// Lone surrogates stay as they are. Time is linear but for the marks of one letter, which are sorted.
/// </summary>
public static class CanonicalComposition
{
    private const int SBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, LCount = 19, VCount = 21, TCount = 28, SCount = LCount * VCount * TCount;

    private static readonly Dictionary<int, (int First, int Second)> Decompositions = [];
    private static readonly Dictionary<(int First, int Second), int> Compositions = [];
    private static readonly Dictionary<int, byte> Classes = [];

    /// <summary>UTF-16 units without which a text is composed already; for pairs, the high surrogate stands for all it leads.</summary>
    private static readonly bool[] Suspect = new bool[char.MaxValue + 1];

    static CanonicalComposition()
    {
        using StreamReader data = new(typeof(CanonicalComposition).Assembly.GetManifestResourceStream("CanonicalComposition.txt")!);
        while (data.ReadLine() is { } line)
        {
            if (line[0] == '#') continue;
            if (line.IndexOf('-') is > 0 and var dash) ReadClasses(line, dash, line.IndexOf(':'));
            else ReadDecomposition(line, line.IndexOfAny(['=', '>']));
        }
        for (var jamo = VBase; jamo < TBase + TCount; jamo++) Suspect[jamo] = true;
    }

    /// <returns>The text itself where it is composed already.</returns>
    public static ReadOnlySpan<char> Compose(ReadOnlySpan<char> text)
    {
        var suspect = 0;
        while (suspect < text.Length && !Suspect[text[suspect]]) suspect++;
        if (suspect == text.Length) return text;

        List<int> points = new(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                Decompose(char.ConvertToUtf32(text[i], text[++i]), points);
            else
                Decompose(text[i], points);
        }
        var all = CollectionsMarshal.AsSpan(points);
        OrderMarks(all);
        return ToText(all[..ComposeInPlace(all)]);
    }

    private static void Decompose(int point, List<int> points)
    {
        if (point - SBase is >= 0 and < SCount and var s)
        {
            points.Add(LBase + s / (VCount * TCount));
            points.Add(VBase + s % (VCount * TCount) / TCount);
            if (s % TCount != 0) points.Add(TBase + s % TCount);
        }
        else if (point >= 0xC0 && Decompositions.TryGetValue(point, out var parts))
        {
            Decompose(parts.First, points);
            if (parts.Second != 0) points.Add(parts.Second);   // only first parts decompose further; a test holds the data to that
        }
        else points.Add(point);
    }

    private static void OrderMarks(Span<int> points)
    {
        for (var start = 0; start < points.Length; start++)
        {
            if (ClassOf(points[start]) == 0) continue;
            var end = start + 1;
            while (end < points.Length && ClassOf(points[end]) != 0) end++;
            if (end - start > 1)
            {
                var run = points[start..end];
                var keys = new long[run.Length];
                for (var i = 0; i < keys.Length; i++) keys[i] = (long)ClassOf(run[i]) << 32 | (uint)i;   // stable by the index
                keys.AsSpan().Sort(run);
            }
            start = end;
        }
    }

    private static int ComposeInPlace(Span<int> points)
    {
        int kept = 0, starter = -1, lastClass = 0;
        foreach (var point in points)
        {
            var combining = ClassOf(point);
            // Blocked when something since the starter has the same or a higher class.
            var blocked = starter < 0 || (kept - 1 != starter && lastClass >= combining);
            if (!blocked && PairOf(points[starter], point) is > 0 and var composed)
            {
                points[starter] = composed;
                continue;
            }
            if (combining == 0) starter = kept;
            lastClass = combining;
            points[kept++] = point;
        }
        return kept;
    }

    private static int PairOf(int first, int second)
    {
        if (first - LBase is >= 0 and < LCount and var l && second - VBase is >= 0 and < VCount and var v) return SBase + (l * VCount + v) * TCount;
        if (first - SBase is >= 0 and < SCount and var s && s % TCount == 0 && second - TBase is > 0 and < TCount and var t) return first + t;
        return Compositions.GetValueOrDefault((first, second));
    }

    private static byte ClassOf(int point) => point < 0x300 ? (byte)0 : Classes.GetValueOrDefault(point);

    private static ReadOnlySpan<char> ToText(ReadOnlySpan<int> points)
    {
        StringBuilder text = new(points.Length + 16);
        Span<char> pair = stackalloc char[2];
        foreach (var point in points)
        {
            if (point <= char.MaxValue) text.Append((char)point);
            else text.Append(pair[..new Rune(point).EncodeToUtf16(pair)]);
        }
        return text.ToString();
    }

    private static void ReadClasses(string line, int dash, int colon)
    {
        var combining = byte.Parse(line.AsSpan(colon + 1), CultureInfo.InvariantCulture);
        for (var point = Hex(line.AsSpan(0, dash)); point <= Hex(line.AsSpan(dash + 1, colon - dash - 1)); point++)
        {
            Classes[point] = combining;
            Suspicious(point);
        }
    }

    private static void ReadDecomposition(string line, int mark)
    {
        var point = Hex(line.AsSpan(0, mark));
        var space = line.IndexOf(' ');
        var first = Hex(line.AsSpan(mark + 1, (space < 0 ? line.Length : space) - mark - 1));
        var second = space < 0 ? 0 : Hex(line.AsSpan(space + 1));
        Decompositions[point] = (first, second);
        if (line[mark] == '>')
        {
            Suspicious(point);
            return;
        }
        Compositions[(first, second)] = point;
        Suspicious(second);
    }

    private static void Suspicious(int point) => Suspect[point <= char.MaxValue ? point : 0xD800 + ((point - 0x10000) >> 10)] = true;

    private static int Hex(ReadOnlySpan<char> digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
