namespace FineTuneAspire.AppHost.WithoutAspire.Traces;

/// <param name="TraceId">32 hexadecimal digits.</param>
/// <param name="SpanId">16 hexadecimal digits.</param>
internal sealed record SpanLink(string TraceId, string SpanId);

/// <param name="Time">Nanoseconds since 1970.</param>
internal sealed record SpanEvent(string Name, ulong Time, IReadOnlyDictionary<string, string> Attributes);

/// <summary>A finished span as a process reported it.</summary>
/// <param name="Kind">internal, server, client, producer or consumer.</param>
/// <param name="Start">Nanoseconds since 1970.</param>
/// <param name="Error">The status message, or "error" when it has none; null unless the span failed.</param>
internal sealed record Span(
    string TraceId, string SpanId, string? ParentSpanId, string Service, string Scope, string Name, string Kind, ulong Start, ulong End,
    string? Error, IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<SpanEvent> Events, IReadOnlyList<SpanLink> Links);
