using System.ComponentModel.DataAnnotations;

namespace FineTuneAspire.Studio.Routing;

/// <summary>Section `FrontDoor`.</summary>
public sealed class FrontDoorOptions
{
    public const string Section = "FrontDoor";

    /// <summary>Seconds without a byte in either direction after which a forwarded call is given up. Event streams send a comment every 15 s.</summary>
    [Range(1, 86_400, ErrorMessage = "FrontDoor:ActivityTimeoutSeconds must lie between 1 and 86400.")]
    public int ActivityTimeoutSeconds { get; set; } = 600;

    /// <summary>Bytes of a refused upload that are still read, so that a client that sends all before it reads sees the refusal and not a reset connection.</summary>
    [Range(0, long.MaxValue, ErrorMessage = "FrontDoor:DrainBytes must not be negative.")]
    public long DrainBytes { get; set; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Seconds that reading on may take at most.</summary>
    [Range(0, 3_600, ErrorMessage = "FrontDoor:DrainSeconds must lie between 0 and 3600.")]
    public int DrainSeconds { get; set; } = 60;
}
