namespace FineTuneAspire.Datasets.Collecting;

/// <summary>Wakes the <see cref="CollectLoop"/>.</summary>
internal sealed class ImportSignal : WorkSignal;
