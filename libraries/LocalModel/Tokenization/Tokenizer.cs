using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// Byte-fallback byte-pair encoding. Ids 0–255 are the bytes, 256–263 the special tokens, then one id per merge: any bytes can be
/// written, and no text can spell a special token. Immutable; safe to share between threads.
/// </summary>
/// <remarks>
/// A space is a token of its own rather than part of the next word, so that a name has the same tokens in a sentence and between
/// JSON quotes: a small model copies it token for token. It costs about a third more tokens.
/// </remarks>
public sealed class Tokenizer
{
    private const string Format = "finetuneaspire-bpe-1";
    private const int CachedChunks = 20_000;

    internal static readonly string[] SpecialNames =
        ["<|begin|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>", "<|end|>", "<|reserved_0|>", "<|reserved_1|>"];

    private readonly byte[][] _bytes;
    private readonly Dictionary<(int Left, int Right), int> _merged;
    private readonly (int Left, int Right)[] _merges;
    private readonly ConcurrentDictionary<string, int[]> _chunks = new(StringComparer.Ordinal);

    internal Tokenizer(IReadOnlyList<(int Left, int Right)> merges)
    {
        _merges = [.. merges];
        _merged = new(_merges.Length);
        _bytes = new byte[FirstMerge + _merges.Length][];
        for (var b = 0; b < 256; b++) _bytes[b] = [(byte)b];
        for (var s = 256; s < FirstMerge; s++) _bytes[s] = [];
        for (var i = 0; i < _merges.Length; i++)
        {
            var (left, right) = _merges[i];
            var id = FirstMerge + i;
            if (!CanMerge(left, id) || !CanMerge(right, id) || !_merged.TryAdd((left, right), id))
                throw new InvalidDataException($"tokenizer.json: merge {i} ({left}, {right}) does not join two earlier tokens.");
            _bytes[id] = [.. _bytes[left], .. _bytes[right]];
        }

        static bool CanMerge(int token, int limit) => token >= 0 && token < limit && token is < 256 or >= FirstMerge;
    }

    internal const int FirstMerge = 256 + 8;

    public int VocabularySize => _bytes.Length;
    public int Begin => 256;
    public int System => 257;
    public int User => 258;
    public int Assistant => 259;
    public int Tool => 260;

    /// <summary>Ends a message; the assistant's answer ends with it.</summary>
    public int End => 261;

    /// <summary>The tokens of a text. A lone surrogate becomes U+FFFD. Special tokens are never among them.</summary>
    public int[] Encode(string text) => EncodeBytes(Encoding.UTF8.GetBytes(text));

    /// <summary>The tokens of any bytes, UTF-8 or not.</summary>
    public int[] EncodeBytes(ReadOnlySpan<byte> bytes)
    {
        List<int> tokens = new(bytes.Length / 2 + 1);
        while (bytes.Length > 0)
        {
            var length = Chunking.NextLength(bytes);
            tokens.AddRange(EncodeChunk(bytes[..length]));
            bytes = bytes[length..];
        }
        return [.. tokens];
    }

    /// <summary>The text of tokens; special tokens are silent, bytes that are no UTF-8 become U+FFFD.</summary>
    public string Decode(ReadOnlySpan<int> tokens) => Encoding.UTF8.GetString(DecodeBytes(tokens));

    /// <exception cref="ArgumentOutOfRangeException">A token is outside the vocabulary.</exception>
    public byte[] DecodeBytes(ReadOnlySpan<int> tokens)
    {
        List<byte> bytes = new(tokens.Length * 3);
        foreach (var token in tokens) bytes.AddRange(BytesOf(token));
        return [.. bytes];
    }

    internal ReadOnlySpan<byte> BytesOf(int token)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)_bytes.Length);
        return _bytes[token];
    }

    public static Tokenizer Load(string path)
    {
        using var file = File.OpenRead(path);
        using var json = ParseOrExplain(file, path);
        var root = json.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.String || format.GetString() != Format)
            throw new InvalidDataException($"{path}: not a tokenizer of the format '{Format}'.");
        try
        {
            return new Tokenizer([.. root.GetProperty("merges").EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetInt32()))]);
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or FormatException)
        {
            throw new InvalidDataException($"{path}: \"merges\" must be a list of pairs of token ids.", error);
        }
    }

    public void Save(string path)
    {
        using var file = File.Create(path);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = false });
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteStartObject("special_tokens");
        for (var i = 0; i < SpecialNames.Length; i++) json.WriteNumber(SpecialNames[i], 256 + i);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in _merges)
        {
            json.WriteStartArray();
            json.WriteNumberValue(left);
            json.WriteNumberValue(right);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static JsonDocument ParseOrExplain(Stream file, string path)
    {
        try
        {
            return JsonDocument.Parse(file);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: not JSON: {error.Message}", error);
        }
    }

    private int[] EncodeChunk(ReadOnlySpan<byte> chunk)
    {
        var key = Encoding.Latin1.GetString(chunk);
        if (_chunks.TryGetValue(key, out var known)) return known;
        List<int> tokens = [];
        foreach (var b in chunk) tokens.Add(b);
        while (LowestMerge(tokens) is var (at, id) && at >= 0)
        {
            tokens[at] = id;
            tokens.RemoveAt(at + 1);
        }
        int[] result = [.. tokens];
        if (_chunks.Count < CachedChunks) _chunks.TryAdd(key, result);
        return result;
    }

    // Earlier merges come first: the order they were learnt in.
    private (int At, int Id) LowestMerge(List<int> tokens)
    {
        var (at, best) = (-1, int.MaxValue);
        for (var i = 0; i + 1 < tokens.Count; i++)
            if (_merged.TryGetValue((tokens[i], tokens[i + 1]), out var id) && id < best) (at, best) = (i, id);
        return (at, best);
    }
}
