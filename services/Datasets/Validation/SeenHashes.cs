namespace FineTuneAspire.Datasets.Validation;

/// <summary>
/// A set of hashes that are spread evenly, by linear probing: 8 to 16 bytes for each, where a <see cref="HashSet{T}"/> takes 24 to 48. A file may
/// have millions of lines, and its process must stay small.
/// </summary>
internal sealed class SeenHashes
{
    private ulong[] slots = new ulong[1024];
    private int held;
    private bool holdsZero;

    /// <returns>False when it was there.</returns>
    public bool Add(ulong hash)
    {
        if (hash == 0)
            return !holdsZero && (holdsZero = true);
        ref var slot = ref slots[SlotOf(hash)];
        if (slot == hash)
            return false;
        slot = hash;
        // Full to three quarters, searches become long.
        if (++held > slots.Length / 4 * 3)
            Grow();
        return true;
    }

    public bool Contains(ulong hash) => hash == 0 ? holdsZero : slots[SlotOf(hash)] == hash;

    private int SlotOf(ulong hash)
    {
        var slot = (int)hash & (slots.Length - 1);
        while (slots[slot] != 0 && slots[slot] != hash)
            slot = (slot + 1) & (slots.Length - 1);
        return slot;
    }

    private void Grow()
    {
        var old = slots;
        slots = new ulong[old.Length * 2];
        foreach (var hash in old)
        {
            if (hash != 0)
                slots[SlotOf(hash)] = hash;
        }
    }
}
