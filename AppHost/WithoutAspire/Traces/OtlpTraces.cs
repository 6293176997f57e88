using System.Globalization;

namespace FineTuneAspire.AppHost.WithoutAspire.Traces;

/// <summary>
/// Reads an OTLP ExportTraceServiceRequest. Field numbers are those of opentelemetry-proto v1: request{1 resource_spans}, ResourceSpans{1 resource,
/// 2 scope_spans}, ScopeSpans{1 scope, 2 spans}; the rest stands beside its case.
/// </summary>
internal static class OtlpTraces
{
    private const int LongestValue = 4_096;
    private const int DeepestValue = 16;
    private static readonly string[] Kinds = ["internal", "internal", "server", "client", "producer", "consumer"];

    /// <exception cref="InvalidDataException">The bytes are not such a message.</exception>
    public static List<Span> Decode(ReadOnlySpan<byte> request)
    {
        var spans = new List<Span>();
        var reader = new ProtoReader(request);
        while (reader.Next())
        {
            if (reader.Field == 1)
                ReadResourceSpans(reader.Bytes(), spans);
            else
                reader.Skip();
        }

        return spans;
    }

    private static void ReadResourceSpans(ReadOnlySpan<byte> message, List<Span> spans)
    {
        // The resource may stand after its spans; so it is looked for first.
        var service = "unknown";
        var first = new ProtoReader(message);
        while (first.Next())
        {
            if (first.Field == 1)
                service = Attributes(first.Bytes(), field: 1).GetValueOrDefault("service.name", service);
            else
                first.Skip();
        }

        var second = new ProtoReader(message);
        while (second.Next())
        {
            if (second.Field == 2)
                ReadScopeSpans(second.Bytes(), service, spans);
            else
                second.Skip();
        }
    }

    private static void ReadScopeSpans(ReadOnlySpan<byte> message, string service, List<Span> spans)
    {
        var scope = "";
        var first = new ProtoReader(message);
        while (first.Next())
        {
            if (first.Field == 1)
                scope = FirstText(first.Bytes(), field: 1);
            else
                first.Skip();
        }

        var second = new ProtoReader(message);
        while (second.Next())
        {
            if (second.Field == 2)
                spans.Add(ReadSpan(second.Bytes(), service, scope));
            else
                second.Skip();
        }
    }

    private static Span ReadSpan(ReadOnlySpan<byte> message, string service, string scope)
    {
        string traceId = "", spanId = "", name = "";
        string? parent = null, error = null;
        var kind = 0UL;
        ulong start = 0, end = 0;
        var attributes = new Dictionary<string, string>();
        var events = new List<SpanEvent>();
        var links = new List<SpanLink>();
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: traceId = Id(reader.Bytes(), 16); break;
                case 2: spanId = Id(reader.Bytes(), 8); break;
                case 4: parent = reader.Bytes() is { IsEmpty: false } bytes ? Id(bytes, 8) : null; break;
                case 5: name = reader.Text(); break;
                case 6: kind = reader.Varint(); break;
                case 7: start = reader.Fixed64(); break;
                case 8: end = reader.Fixed64(); break;
                case 9: ReadKeyValue(reader.Bytes(), attributes); break;
                case 11: events.Add(ReadEvent(reader.Bytes())); break;
                case 13: links.Add(ReadLink(reader.Bytes())); break;
                case 15: error = ReadError(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }

        if (traceId.Length == 0 || spanId.Length == 0)
            throw new InvalidDataException("A span has no ids.");
        return new Span(traceId, spanId, parent, service, scope, name, Kinds[Math.Min(kind, 5)], start, Math.Max(start, end), error, attributes, events, links);
    }

    private static SpanEvent ReadEvent(ReadOnlySpan<byte> message)
    {
        var time = 0UL;
        var name = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: time = reader.Fixed64(); break;
                case 2: name = reader.Text(); break;
                default: reader.Skip(); break;
            }
        }

        return new SpanEvent(name, time, Attributes(message, field: 3));
    }

    private static SpanLink ReadLink(ReadOnlySpan<byte> message)
    {
        string traceId = "", spanId = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: traceId = Id(reader.Bytes(), 16); break;
                case 2: spanId = Id(reader.Bytes(), 8); break;
                default: reader.Skip(); break;
            }
        }

        return new SpanLink(traceId, spanId);
    }

    /// <summary>Status{2 message, 3 code}, code 2 being an error.</summary>
    private static string? ReadError(ReadOnlySpan<byte> message)
    {
        var text = "";
        var code = 0UL;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2: text = reader.Text(); break;
                case 3: code = reader.Varint(); break;
                default: reader.Skip(); break;
            }
        }

        return code != 2 ? null : text.Length > 0 ? text : "error";
    }

    private static Dictionary<string, string> Attributes(ReadOnlySpan<byte> message, int field, int depth = 0)
    {
        var attributes = new Dictionary<string, string>();
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == field)
                ReadKeyValue(reader.Bytes(), attributes, depth);
            else
                reader.Skip();
        }

        return attributes;
    }

    /// <summary>KeyValue{1 key, 2 value}.</summary>
    private static void ReadKeyValue(ReadOnlySpan<byte> message, Dictionary<string, string> into, int depth = 0)
    {
        string key = "", value = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: key = reader.Text(); break;
                case 2: value = AnyValue(reader.Bytes(), depth); break;
                default: reader.Skip(); break;
            }
        }

        into[key] = value.Length > LongestValue ? value[..LongestValue] + "…" : value;
    }

    /// <summary>AnyValue{1 string, 2 bool, 3 int, 4 double, 5 array{1 values}, 6 list{1 key-values}, 7 bytes}, as text to look at.</summary>
    private static string AnyValue(ReadOnlySpan<byte> message, int depth)
    {
        if (depth > DeepestValue)
            return "…";
        var text = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: text = reader.Text(); break;
                case 2: text = reader.Varint() != 0 ? "true" : "false"; break;
                case 3: text = ((long)reader.Varint()).ToString(CultureInfo.InvariantCulture); break;
                case 4: text = reader.Double().ToString(CultureInfo.InvariantCulture); break;
                case 5: text = ArrayValue(reader.Bytes(), depth); break;
                case 6: text = "{" + string.Join(", ", Attributes(reader.Bytes(), field: 1, depth + 1).Select(pair => $"{pair.Key}: {pair.Value}")) + "}"; break;
                case 7: text = Convert.ToBase64String(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }

        return text;
    }

    private static string ArrayValue(ReadOnlySpan<byte> message, int depth)
    {
        var values = new List<string>();
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1)
                values.Add(AnyValue(reader.Bytes(), depth + 1));
            else
                reader.Skip();
        }

        return "[" + string.Join(", ", values) + "]";
    }

    private static string FirstText(ReadOnlySpan<byte> message, int field)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == field)
                return reader.Text();
            reader.Skip();
        }

        return "";
    }

    private static string Id(ReadOnlySpan<byte> bytes, int length) =>
        bytes.Length == length ? Convert.ToHexStringLower(bytes) : throw new InvalidDataException($"An id has {bytes.Length} bytes instead of {length}.");
}
