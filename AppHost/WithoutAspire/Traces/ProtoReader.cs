using System.Buffers.Binary;
using System.Text;

namespace FineTuneAspire.AppHost.WithoutAspire.Traces;

/// <summary>Walks the fields of one protobuf message. The caller switches on <see cref="Field"/> and reads or skips; unknown fields are skipped.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;
    private int _wireType;

    public int Field { get; private set; }

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty)
            return false;
        var tag = Varint();
        Field = (int)(tag >> 3);
        _wireType = (int)(tag & 7);
        return Field > 0 ? true : throw new InvalidDataException("A protobuf field has the number 0.");
    }

    public ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_rest.IsEmpty)
                throw new InvalidDataException("A protobuf number is cut off.");
            var part = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }

        throw new InvalidDataException("A protobuf number is longer than ten bytes.");
    }

    public ulong Fixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public double Double() => BitConverter.UInt64BitsToDouble(Fixed64());

    /// <summary>The bytes of a string, of bytes or of a message within.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        if (_wireType != 2)
            throw new InvalidDataException($"Protobuf field {Field} should have a length and has wire type {_wireType}.");
        var length = Varint();
        return length <= (ulong)_rest.Length ? Take((int)length) : throw new InvalidDataException("A protobuf field is cut off.");
    }

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public void Skip()
    {
        switch (_wireType)
        {
            case 0: Varint(); break;
            case 1: Take(8); break;
            case 2: Bytes(); break;
            case 5: Take(4); break;
            default: throw new InvalidDataException($"Protobuf field {Field} has the unknown wire type {_wireType}.");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw new InvalidDataException("A protobuf field is cut off.");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
