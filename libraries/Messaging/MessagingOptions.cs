using System.ComponentModel.DataAnnotations;

namespace FineTuneAspire.Messaging;

/// <summary>Section `Messaging`; the defaults suit a service.</summary>
public sealed class MessagingOptions
{
    public const string Section = "Messaging";

    /// <summary>How often the relay looks without having been woken: for delayed rows, and for rows whose process died after the commit.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00", ErrorMessage = "Messaging:PollInterval must lie between 10 ms and one minute.")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Rows taken, and so locked, at once.</summary>
    [Range(1, 1000, ErrorMessage = "Messaging:BatchSize must lie between 1 and 1000.")]
    public int BatchSize { get; set; } = 100;

    /// <summary>How long the broker may take to confirm before the rows are let go and tried again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:30", ErrorMessage = "Messaging:PublishTimeout must lie between 100 ms and 30 seconds.")]
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long messages wait for a queue of this process that the broker will not declare, before they go out without it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00", ErrorMessage = "Messaging:EndpointPatience must lie between 0 and one hour.")]
    public TimeSpan EndpointPatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long sent rows are kept for a person to look at.</summary>
    public TimeSpan OutboxRetention { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long a consumed message is remembered. A copy that arrives later than that takes effect again.</summary>
    public TimeSpan InboxRetention { get; set; } = TimeSpan.FromDays(7);
}
