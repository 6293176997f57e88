namespace FineTuneAspire.ServiceDefaults;

/// <summary>Ids as clients see them: a prefix that names the kind (`file-`, `ftjob-`, `ds_`) and a version 7 UUID in hex, so ids sort by time.</summary>
public static class PrefixedId
{
    public static string New(string prefix, TimeProvider clock) => prefix + Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");
}
