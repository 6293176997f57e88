using System.IO.Hashing;
using System.Runtime.InteropServices;
using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>Different words, pairs and triples of words over all of them. None reaches from one message into the next.</summary>
internal sealed class TextDiversityCounting
{
    private const int WindowWords = 1_000;
    private readonly WordHashes words = new();
    private readonly DistinctCount[] distinct = [new(), new(), new()];
    private readonly long[] total = new long[3];
    private readonly HashSet<ulong> window = [];
    private int inWindow;
    private long windows;
    private long distinctInWindows;

    public void Add(string text)
    {
        var hashes = words.Of(text);
        Span<ulong> gram = stackalloc ulong[3];
        for (var i = 0; i < hashes.Count; i++)
        {
            distinct[0].Add(hashes[i]);
            AddToWindow(hashes[i]);
            for (var n = 2; n <= 3 && i + 1 >= n; n++)
            {
                for (var j = 0; j < n; j++)
                    gram[j] = hashes[i - n + 1 + j];
                distinct[n - 1].Add(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(gram[..n])));
            }
        }

        for (var n = 0; n < total.Length; n++)
            total[n] += Math.Max(0, hashes.Count - n);
    }

    public TextDiversity ToFigures()
    {
        double Ratio(int n) => total[n - 1] == 0 ? 0 : Round((double)distinct[n - 1].Value() / total[n - 1]);
        return new TextDiversity
        {
            Words = total[0],
            DistinctWords = distinct[0].Value(),
            TypeTokenRatio = windows == 0 ? Ratio(1) : Round((double)distinctInWindows / (windows * WindowWords)),
            Distinct1 = Ratio(1),
            Distinct2 = Ratio(2),
            Distinct3 = Ratio(3),
            Estimated = Array.Exists(distinct, count => count.IsEstimate),
        };
    }

    // An estimate may come out above the total.
    private static double Round(double ratio) => Math.Round(Math.Min(1, ratio), 4);

    private void AddToWindow(ulong word)
    {
        window.Add(word);
        if (++inWindow < WindowWords)
            return;
        windows++;
        distinctInWindows += window.Count;
        window.Clear();
        inWindow = 0;
    }
}
