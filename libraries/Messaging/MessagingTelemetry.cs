using System.Diagnostics;
using FineTuneAspire.Messaging.Outbox;

namespace FineTuneAspire.Messaging;

/// <summary>One span per relayed row: from it MassTransit's `send` hangs under the request that wrote the row.</summary>
internal static class MessagingTelemetry
{
    private static readonly ActivitySource Source = new("FineTuneAspire.Messaging");

    public static Activity? StartRelaying(OutboxMessage row, Type type)
    {
        // A row written outside any trace begins one.
        var parent = ActivityContext.TryParse(row.TraceParent, row.TraceState, isRemote: true, out var written) ? written : default;
        Activity.Current = null;
        var activity = Source.StartActivity($"outbox relay {type.Name}", ActivityKind.Internal, parent);
        activity?.SetTag("messaging.message.id", row.Id.ToString());
        activity?.SetTag("fta.outbox.attempt", row.Attempts + 1);
        return activity;
    }
}
