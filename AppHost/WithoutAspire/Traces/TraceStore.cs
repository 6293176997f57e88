namespace FineTuneAspire.AppHost.WithoutAspire.Traces;

/// <param name="Name">Of the earliest span.</param>
/// <param name="StartUnixMs">Milliseconds since 1970.</param>
/// <param name="Linked">Other traces that this one links to, or that link to this one.</param>
internal sealed record TraceSummary(string TraceId, string Name, double StartUnixMs, double DurationMs, int SpanCount, IReadOnlyList<string> Services, int Errors, IReadOnlyList<string> Linked);

/// <param name="Depth">0 for a root; a span whose parent was not received is a root.</param>
/// <param name="OffsetMs">From the start of the earliest trace shown.</param>
internal sealed record TraceRow(
    string TraceId, int Depth, string SpanId, string? ParentSpanId, string Service, string Scope, string Name, string Kind, double OffsetMs, double DurationMs, string? Error,
    IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<SpanEvent> Events, IReadOnlyList<SpanLink> Links);

/// <param name="SpanCount">Of all traces shown.</param>
/// <param name="Traces">The trace asked for, then those tied to it by links, when they were asked for too.</param>
/// <param name="Spans">Trace by trace in the order of a tree: every span before its children, siblings by start.</param>
internal sealed record TraceTree(
    string TraceId, int SpanCount, IReadOnlyList<string> Services, double StartUnixMs, double DurationMs, IReadOnlyList<TraceSummary> Traces, IReadOnlyList<TraceRow> Spans);

/// <summary>The latest traces, in bounded memory: when there are too many spans, the trace that was heard of longest ago goes.</summary>
internal sealed class TraceStore(int mostSpans = 50_000, int mostSpansOfTrace = 5_000)
{
    private const int MostLinked = 200;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Span>> _traces = [];
    private readonly LinkedList<string> _byLastHeard = new();
    private readonly Dictionary<string, LinkedListNode<string>> _places = [];
    private readonly Dictionary<string, HashSet<string>> _linkedFrom = [];
    private int _spans;

    public void Add(IEnumerable<Span> spans)
    {
        lock (_gate)
        {
            foreach (var span in spans)
                Add(span);
            while (_spans > mostSpans && _byLastHeard.First is { } oldest)
                Forget(oldest.Value);
        }
    }

    /// <summary>Latest first; `serviceOrName` keeps the traces with such a service or a span with that text in its name.</summary>
    public IReadOnlyList<TraceSummary> List(int limit, string? serviceOrName = null)
    {
        lock (_gate)
        {
            return [.. _traces.Values
                .Where(spans => string.IsNullOrEmpty(serviceOrName) || spans.Any(span => span.Service == serviceOrName || span.Name.Contains(serviceOrName, StringComparison.OrdinalIgnoreCase)))
                .OrderByDescending(spans => spans.Min(span => span.Start)).Take(limit).Select(Summarise)];
        }
    }

    /// <param name="linked">Also the traces that can be reached over links, in either direction.</param>
    public TraceTree? Find(string traceId, bool linked)
    {
        lock (_gate)
        {
            if (!_traces.ContainsKey(traceId))
                return null;
            var found = new List<TraceSummary>();
            var ahead = new Queue<string>([traceId]);
            while (ahead.TryDequeue(out var id) && found.Count < MostLinked)
            {
                if (!_traces.TryGetValue(id, out var spans) || found.Any(trace => trace.TraceId == id))
                    continue;
                var summary = Summarise(spans);
                found.Add(summary);
                if (linked)
                    summary.Linked.ToList().ForEach(ahead.Enqueue);
            }

            var start = found.Min(trace => trace.StartUnixMs);
            return new TraceTree(traceId, found.Sum(trace => trace.SpanCount), [.. found.SelectMany(trace => trace.Services).Distinct().Order()], start,
                Math.Round(found.Max(trace => trace.StartUnixMs + trace.DurationMs) - start, 3), found,
                [.. found.SelectMany(trace => Order(_traces[trace.TraceId], (ulong)(start * 1e6)))]);
        }
    }

    private void Add(Span span)
    {
        if (!_traces.TryGetValue(span.TraceId, out var spans))
        {
            _traces[span.TraceId] = spans = [];
            _places[span.TraceId] = _byLastHeard.AddLast(span.TraceId);
        }
        else
        {
            _byLastHeard.Remove(_places[span.TraceId]);
            _byLastHeard.AddLast(_places[span.TraceId]);
        }

        if (spans.Count >= mostSpansOfTrace)
            return;
        spans.Add(span);
        _spans++;
        foreach (var link in span.Links.Where(link => link.TraceId != span.TraceId))
        {
            if (!_linkedFrom.TryGetValue(link.TraceId, out var sources))
                _linkedFrom[link.TraceId] = sources = [];
            sources.Add(span.TraceId);
        }
    }

    private void Forget(string traceId)
    {
        _spans -= _traces[traceId].Count;
        foreach (var target in _traces[traceId].SelectMany(span => span.Links).Select(link => link.TraceId).Distinct())
        {
            if (_linkedFrom.TryGetValue(target, out var sources) && sources.Remove(traceId) && sources.Count == 0)
                _linkedFrom.Remove(target);
        }

        _traces.Remove(traceId);
        _byLastHeard.Remove(_places[traceId]);
        _places.Remove(traceId);
    }

    private TraceSummary Summarise(List<Span> spans)
    {
        var first = spans.MinBy(span => span.Start)!;
        var linked = spans.SelectMany(span => span.Links).Select(link => link.TraceId).Concat(_linkedFrom.GetValueOrDefault(first.TraceId, []))
            .Where(id => id != first.TraceId).Distinct();
        return new TraceSummary(first.TraceId, first.Name, first.Start / 1e6, Milliseconds(spans.Max(span => span.End) - first.Start), spans.Count,
            [.. spans.Select(span => span.Service).Distinct().Order()], spans.Count(span => span.Error is not null), [.. linked]);
    }

    private static List<TraceRow> Order(List<Span> spans, ulong start)
    {
        var known = spans.Select(span => span.SpanId).ToHashSet();
        var children = spans.ToLookup(span => span.ParentSpanId is { } parent && parent != span.SpanId && known.Contains(parent) ? parent : "");
        var rows = new List<TraceRow>(spans.Count);
        var seen = new HashSet<Span>(ReferenceEqualityComparer.Instance);
        var open = new Stack<(Span Span, int Depth)>(Siblings("").Select(span => (span, 0)));
        while (open.TryPop(out var next))
        {
            if (!seen.Add(next.Span))
                continue;
            var span = next.Span;
            rows.Add(new TraceRow(span.TraceId, next.Depth, span.SpanId, span.ParentSpanId, span.Service, span.Scope, span.Name, span.Kind, Milliseconds(span.Start - Math.Min(start, span.Start)),
                Milliseconds(span.End - span.Start), span.Error, span.Attributes, span.Events, span.Links));
            foreach (var child in Siblings(span.SpanId))
                open.Push((child, next.Depth + 1));
        }

        return rows;

        // Latest first, since the stack turns them round.
        IEnumerable<Span> Siblings(string parent) => children[parent].OrderByDescending(span => span.Start);
    }

    private static double Milliseconds(ulong nanoseconds) => Math.Round(nanoseconds / 1e6, 3);
}
