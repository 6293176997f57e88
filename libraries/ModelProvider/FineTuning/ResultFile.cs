using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace FineTuneAspire.ModelProvider.FineTuning;

/// <summary>OpenAI sends the CSV of a job base64-encoded, which its documents do not say. A CSV's header holds a comma or begins with `step`; base64 has no comma.</summary>
internal static class ResultFile
{
    public static MemoryStream Decode(byte[] content)
    {
        var text = content.AsSpan().TrimEnd("\r\n"u8);
        if (text.IsEmpty || text.StartsWith("step"u8) || text.Contains((byte)','))
            return new MemoryStream(content, writable: false);
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return Base64.DecodeFromUtf8(text, decoded, out _, out var length) == OperationStatus.Done && LooksLikeCsv(decoded.AsSpan(0, length))
            ? new MemoryStream(decoded, 0, length, writable: false)
            : new MemoryStream(content, writable: false);
    }

    private static bool LooksLikeCsv(ReadOnlySpan<byte> bytes) => bytes.StartsWith("step"u8) && Encoding.UTF8.GetString(bytes).IndexOf(',') >= 0;
}
