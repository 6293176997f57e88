using System.Globalization;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>Check digits of numbers that people and accounts have. Each rule is the issuing authority's; the tests hold published examples.</summary>
internal static class Checksums
{
    /// <param name="check">A name of `national-ids.txt`.</param>
    public static bool Holds(string check, string id)
    {
        var digits = Digits(id);
        var text = string.Concat(id.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        return check switch
        {
            "us_ssn" => digits[..3] is not ("000" or "666") && digits[0] != '9' && digits[3..5] != "00" && digits[5..] != "0000",
            "gb_nino" => text[..2] is not ("BG" or "GB" or "KN" or "NK" or "NT" or "TN" or "ZZ"),
            "gb_nhs" => 11 - Weighted(digits[..9], 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11 is var check11 && (check11 == 11 ? 0 : check11) == digits[9] - '0',
            "de_tax_id" => IsGermanTaxId(digits),
            "fr_nir" => 97 - Number(text[..^2].Replace("2A", "19", StringComparison.Ordinal).Replace("2B", "18", StringComparison.Ordinal)) % 97 == Number(text[^2..]),
            "es_dni" => "TRWAGMYFPDXBNJZSQVHLCKE"[(int)(Number(text[..^1].Replace('X', '0').Replace('Y', '1').Replace('Z', '2')) % 23)] == text[^1],
            "it_codice_fiscale" => IsCodiceFiscale(text),
            "nl_bsn" => digits != "000000000" && Weighted(digits, 9, 8, 7, 6, 5, 4, 3, 2, -1) % 11 == 0,
            "be_rrn" => 97 - Number(digits[..9]) % 97 is var rest && (rest == Number(digits[9..]) || 97 - Number("2" + digits[..9]) % 97 == Number(digits[9..])),
            "pl_pesel" => (10 - Weighted(digits[..10], 1, 3, 7, 9, 1, 3, 7, 9, 1, 3) % 10) % 10 == digits[10] - '0' && Number(digits[4..6]) is >= 1 and <= 31,
            "se_personnummer" => Luhn(digits[^10..]) && Number(digits[^8..^6]) is >= 1 and <= 12 && Number(digits[^6..^4]) is (>= 1 and <= 31) or (>= 61 and <= 91),
            "fi_hetu" => "0123456789ABCDEFHJKLMNPRSTUVWXY"[(int)(Number(id[..6] + id[7..10]) % 31)] == id[10],
            "ch_ahv" => (10 - Weighted(digits[..12], 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3) % 10) % 10 == digits[12] - '0',
            "at_svnr" => Weighted(digits[..3] + digits[4..], 3, 7, 9, 5, 8, 4, 2, 1, 6) % 11 == digits[3] - '0' && digits[0] != '0',
            "br_cpf" => digits.Distinct().Count() > 1 && CpfDigit(digits[..9]) == digits[9] - '0' && CpfDigit(digits[..10]) == digits[10] - '0',
            "ca_sin" => Luhn(digits),
            "in_aadhaar" => Verhoeff(digits),
            "au_tfn" => Weighted(digits, 1, 4, 3, 7, 5, 8, 6, 9, 10) % 11 == 0,
            _ => throw new InvalidDataException($"national-ids.txt names the check '{check}', which Checksums does not have."),
        };
    }

    public static string Digits(ReadOnlySpan<char> text)
    {
        Span<char> digits = stackalloc char[Math.Min(text.Length, 64)];
        var count = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c) && count < digits.Length)
                digits[count++] = c;
        }

        return digits[..count].ToString();
    }

    /// <summary>ISO/IEC 7812-1: every second digit from the right doubled.</summary>
    public static bool Luhn(string digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            sum += i % 2 == 0 ? digit : digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        }

        return sum % 10 == 0 && digits.AsSpan().ContainsAnyExcept('0');
    }

    /// <summary>ISO 7064: letters as 10 to 35.</summary>
    public static int Mod97(string text)
    {
        var rest = 0;
        foreach (var c in text)
            rest = char.IsAsciiDigit(c) ? (rest * 10 + c - '0') % 97 : (rest * 100 + c - 'A' + 10) % 97;
        return rest;
    }

    private static long Number(string digits) => long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    private static int Weighted(string digits, params ReadOnlySpan<int> weights)
    {
        var sum = 0;
        for (var i = 0; i < weights.Length; i++)
            sum += (digits[i] - '0') * weights[i];
        return sum;
    }

    // ISO 7064 MOD 11,10; of the first ten digits exactly one comes twice or thrice.
    private static bool IsGermanTaxId(string digits)
    {
        var most = digits[..10].GroupBy(digit => digit).Max(same => same.Count());
        var product = 10;
        foreach (var digit in digits[..10])
        {
            var sum = (digit - '0' + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
        }

        return most is 2 or 3 && (11 - product) % 10 == digits[10] - '0';
    }

    private static bool IsCodiceFiscale(string text)
    {
        // Characters at odd places count by a table of the decree of 23 December 1976, at even places by their own value.
        ReadOnlySpan<int> odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
        var sum = 0;
        for (var i = 0; i < 15; i++)
        {
            var value = char.IsAsciiDigit(text[i]) ? text[i] - '0' : text[i] - 'A';
            sum += i % 2 == 0 ? odd[value] : value;
        }

        return 'A' + sum % 26 == text[15];
    }

    private static int CpfDigit(string digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
            sum += (digits[i] - '0') * (digits.Length + 1 - i);
        return sum * 10 % 11 % 10;
    }

    // Verhoeff 1969: multiplication in the dihedral group of ten elements, after a permutation that depends on the place.
    private static bool Verhoeff(string digits)
    {
        ReadOnlySpan<int> first = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
        var check = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            for (var turn = i % 8; turn > 0; turn--)
                digit = first[digit];
            check = Multiply(check, digit);
        }

        return check == 0;

        static int Multiply(int a, int b) => (a < 5, b < 5) switch
        {
            (true, true) => (a + b) % 5,
            (true, false) => (a + b - 5) % 5 + 5,
            (false, true) => (a - 5 - b + 5) % 5 + 5,
            _ => (a - b + 5) % 5,
        };
    }
}
