using System.Text;

namespace FineTuneAspire.LocalModel;

/// <summary>Decodes tokens as they come: bytes of an unfinished UTF-8 character wait for the rest of it.</summary>
public sealed class TextStream(Tokenizer tokenizer)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <returns>The text that is now certain; often one token's, sometimes empty.</returns>
    public string Push(int token) => Text(tokenizer.BytesOf(token), flush: false);

    /// <returns>What an unfinished character at the very end becomes: U+FFFD, or nothing.</returns>
    public string Finish() => Text([], flush: true);

    private string Text(ReadOnlySpan<byte> bytes, bool flush)
    {
        var characters = new char[_decoder.GetCharCount(bytes, flush)];
        return new string(characters, 0, _decoder.GetChars(bytes, characters, flush));
    }
}
