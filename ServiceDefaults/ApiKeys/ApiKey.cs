using System.Buffers.Text;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace FineTuneAspire.ServiceDefaults.ApiKeys;

/// <summary>
/// The text form of a key: `fta-` + 43 base64url characters (256 random bits) + 6 of checksum, so that a secret scanner can tell a
/// real key from a look-alike. Only the SHA-256 of the text is ever stored: 256 random bits need no slow hash.
/// </summary>
public static class ApiKey
{
    public const string Prefix = "fta-";

    public static string Generate()
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return Prefix + secret + Checksum(secret);
    }

    /// <summary>True when the text has the form and checksum of a key; says nothing about whether the key is known.</summary>
    public static bool IsWellFormed(string text) =>
        text.Length == Prefix.Length + 43 + 6 && text.StartsWith(Prefix, StringComparison.Ordinal) &&
        text.AsSpan(Prefix.Length + 43).SequenceEqual(Checksum(text.Substring(Prefix.Length, 43)));

    /// <summary>Lower-case hex SHA-256 of the key's text: what configuration holds.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Checksum(string secret)
    {
        Span<byte> crc = stackalloc byte[4];
        Crc32.Hash(Encoding.ASCII.GetBytes(secret), crc);
        return Base64Url.EncodeToString(crc);
    }
}
