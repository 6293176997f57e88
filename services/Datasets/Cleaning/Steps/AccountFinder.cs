using System.Globalization;
using System.Text.RegularExpressions;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>Bank accounts (IBAN, ISO 13616: the country's length and remainder 1 modulo 97) and payment cards (an issuer's first digits and Luhn's check digit).</summary>
internal static partial class AccountFinder
{
    private static readonly Dictionary<string, int> IbanLengths = StepData.Lines("iban-lengths.txt").ToDictionary(line => line[..2], line => int.Parse(line.AsSpan(3), CultureInfo.InvariantCulture));

    public static void FindIbans(string text, List<Finding> findings)
    {
        Span<char> letters = stackalloc char[34];
        foreach (Match start in IbanStart().Matches(text))
        {
            // Groups may stand apart; the country's length says where it ends.
            if (!IbanLengths.TryGetValue(start.Value[..2].ToUpperInvariant(), out var length))
                continue;
            var compact = letters[..length];
            var (count, end) = (0, start.Index);
            for (; count < length && end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || (text[end] == ' ' && text[end - 1] != ' ')); end++)
            {
                if (text[end] != ' ')
                    compact[count++] = char.ToUpperInvariant(text[end]);
            }

            var goesOn = end < text.Length && char.IsLetterOrDigit(text[end]);
            if (count == length && !goesOn && Checksums.Mod97(string.Concat(compact[4..], compact[..4])) == 1)
                findings.Add(new Finding(start.Index, end - start.Index, "IBAN", compact.ToString()));
        }
    }

    public static void FindCards(string text, List<Finding> findings)
    {
        foreach (Match match in Card().Matches(text))
        {
            var digits = Checksums.Digits(match.ValueSpan);
            if (HasIssuer(digits) && Checksums.Luhn(digits))
                findings.Add(new Finding(match.Index, match.Length, "CARD", digits));
        }
    }

    // Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro: their first digits and lengths.
    private static bool HasIssuer(string digits)
    {
        var (two, three, four) = (int.Parse(digits.AsSpan(0, 2), CultureInfo.InvariantCulture), int.Parse(digits.AsSpan(0, 3), CultureInfo.InvariantCulture), int.Parse(digits.AsSpan(0, 4), CultureInfo.InvariantCulture));
        return digits.Length switch
        {
            13 => digits[0] == '4',
            14 => two is 36 or 38 or 39 || three is >= 300 and <= 305,
            15 => two is 34 or 37,
            16 => digits[0] == '4' || two is >= 51 and <= 55 || four is >= 2221 and <= 2720 || two is 62 or 64 or 65 || four is 6011 or >= 3528 and <= 3589 || two is 50 or (>= 56 and <= 58),
            17 or 18 or 19 => digits[0] == '4' || two is 62 or 50 or (>= 56 and <= 58) || four is 6304 or 6759 or >= 6761 and <= 6763,
            _ => false,
        };
    }

    [GeneratedRegex(@"(?<![\p{L}\p{N}])[A-Za-z]{2}\d{2}(?=[ A-Za-z0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex IbanStart();

    // Digits together, or in groups with one kind of separator.
    [GeneratedRegex(@"(?<![\p{L}\p{N}]|[\d][.,\-])(?:\d{13,19}|\d{4}([ \-])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ \-])\d{6}\2\d{4,5})(?![\p{L}\p{N}]|[.,\-]\d)", RegexOptions.CultureInvariant)]
    private static partial Regex Card();
}
