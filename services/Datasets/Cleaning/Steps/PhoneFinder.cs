using System.Text.RegularExpressions;
using PhoneNumbers;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>Telephone numbers that libphonenumber holds valid: those that begin with `+` anywhere, others by the rules of the regions named.</summary>
internal sealed partial class PhoneFinder(IReadOnlyList<string> regions)
{
    // The library's word for numbers that name their country themselves.
    private const string AnyRegion = "ZZ";
    private const int Before = 3, Behind = 14;
    private static readonly PhoneNumberUtil Numbers = PhoneNumberUtil.GetInstance();

    public static IReadOnlyCollection<string> Regions => Numbers.GetSupportedRegions();

    public void Find(string text, List<Finding> findings)
    {
        // The library looks at every character many times, so it sees only what has digits enough, with what stands around it.
        foreach (Match run in Digits().Matches(text))
        {
            var start = Math.Max(0, run.Index - Before);
            var window = text[start..Math.Min(text.Length, run.Index + run.Length + Behind)];
            if (run.Value.Contains('+') || run.Value.Contains('\uFF0B'))
                Find(window, AnyRegion, start, run, findings);
            foreach (var region in regions)
                Find(window, region, start, run, findings);
        }
    }

    private static void Find(string window, string region, int start, Match run, List<Finding> findings)
    {
        foreach (var number in Numbers.FindNumbers(window, region, PhoneNumberUtil.Leniency.VALID, long.MaxValue))
        {
            // What begins behind the run is looked at with its own.
            if (start + number.Start < run.Index + run.Length)
                findings.Add(new Finding(start + number.Start, number.Length, "PHONE", Numbers.Format(number.Number, PhoneNumberFormat.E164)));
        }
    }

    [GeneratedRegex(@"[+\uFF0B(]?\d(?:[\p{Pd} \u00A0()./~]{0,4}\d){6,24}", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();
}
