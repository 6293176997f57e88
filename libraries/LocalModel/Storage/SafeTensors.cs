using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace FineTuneAspire.LocalModel;

/// <summary>How numbers lie in a file: F32 keeps every bit, BF16 is half as large.</summary>
public enum WeightFormat { F32, BF16 }

/// <summary>The safetensors format: eight bytes of header length, a JSON header, raw little-endian numbers.</summary>
internal static class SafeTensors
{
    private const long LongestHeader = 100_000_000;

    public sealed record Tensor(string Name, int[] Shape, ReadOnlyMemory<float> Values);

    public static void Write(string path, IReadOnlyList<Tensor> tensors, WeightFormat format)
    {
        var size = format == WeightFormat.BF16 ? 2 : 4;
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            var offset = 0L;
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", format.ToString());
                json.WriteStartArray("shape");
                foreach (var dimension in tensor.Shape) json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += (long)tensor.Values.Length * size);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Spaces after the JSON put the first number on an 8-byte boundary.
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');

        using var file = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        file.Write(length);
        header.WriteTo(file);
        foreach (var tensor in tensors) WriteValues(file, tensor.Values.Span, format);
    }

    /// <exception cref="InvalidDataException">The file is not safetensors, or a tensor is neither F32 nor BF16, or its numbers are missing.</exception>
    public static Dictionary<string, Tensor> Read(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> prefix = stackalloc byte[8];
        if (file.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8) throw Bad("it is shorter than its header");
        var headerLength = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (headerLength is < 2 or > LongestHeader || headerLength > file.Length - 8) throw Bad($"its header length is {headerLength}");
        var headerBytes = new byte[headerLength];
        file.ReadExactly(headerBytes);
        try
        {
            using var header = JsonDocument.Parse(headerBytes);
            Dictionary<string, Tensor> tensors = [];
            foreach (var entry in header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
                tensors.Add(entry.Name, ReadTensor(file, 8 + headerLength, entry));
            return tensors;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException($"{path}: not a safetensors file: its header cannot be read: {error.Message}", error);
        }

        Tensor ReadTensor(FileStream stream, long dataStart, JsonProperty entry)
        {
            var dtype = entry.Value.GetProperty("dtype").GetString();
            var size = dtype switch { "F32" => 4, "BF16" => 2, _ => throw Bad($"tensor '{entry.Name}' is {dtype}; only F32 and BF16 can be read") };
            int[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt32())];
            var count = shape.Aggregate(1, (product, dimension) => checked(product * dimension));
            var (begin, end) = (entry.Value.GetProperty("data_offsets")[0].GetInt64(), entry.Value.GetProperty("data_offsets")[1].GetInt64());
            if (count < 0 || begin < 0 || end - begin != (long)count * size || dataStart + end > stream.Length)
                throw Bad($"tensor '{entry.Name}' does not lie inside the file as its shape says");
            var bytes = new byte[end - begin];
            stream.Position = dataStart + begin;
            stream.ReadExactly(bytes);
            var values = new float[count];
            if (size == 2) BrainFloat.Widen(bytes, values);
            else MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values);
            return new Tensor(entry.Name, shape, values);
        }

        InvalidDataException Bad(string why) => new($"{path}: not a safetensors file that can be used: {why}.");
    }

    private static void WriteValues(FileStream file, ReadOnlySpan<float> values, WeightFormat format)
    {
        if (format == WeightFormat.F32)
        {
            file.Write(MemoryMarshal.AsBytes(values));
            return;
        }
        var narrow = new ushort[values.Length];
        for (var i = 0; i < narrow.Length; i++) narrow[i] = BrainFloat.FromSingle(values[i]);
        file.Write(MemoryMarshal.AsBytes<ushort>(narrow));
    }
}
