namespace FineTuneAspire.LocalModel;

/// <summary>How to train a base from fresh weights.</summary>
public sealed record PretrainingSettings
{
    /// <summary>Stops after the step in which this many tokens have been read.</summary>
    public required long Tokens { get; init; }

    public int TokensPerStep { get; init; } = 2048;
    public double PeakRate { get; init; } = 3e-3;
    public int WarmUpSteps { get; init; } = 40;

    /// <summary>The rate at the end as a share of the peak.</summary>
    public double Floor { get; init; } = 0.05;

    public double WeightDecay { get; init; } = 0.05;
    public int? Threads { get; init; }
}

/// <param name="Tokens">Read so far.</param>
/// <param name="Loss">Mean over the step's trained tokens, in nats.</param>
public sealed record PretrainingStep(int Step, int TotalSteps, long Tokens, double Loss, double TokenAccuracy);

/// <summary>Trains a model on an endless stream of examples. Everything is decided by the start, the stream and the settings.</summary>
public sealed class Pretrainer(LanguageModel start, IEnumerable<TrainingExample> examples, PretrainingSettings settings)
{
    private Trainer? _trainer;
    private LanguageModel? _finished;

    /// <summary>Trains, yielding after each optimiser step; the last step's weights are then <see cref="Model"/>.</summary>
    public IEnumerable<PretrainingStep> Run(CancellationToken cancellation = default)
    {
        using var trainer = _trainer = new Trainer(start, new AdamW(start.Layout.Count, 0.9, 0.99, settings.WeightDecay), clip: 1,
            settings.Threads ?? Environment.ProcessorCount, lowPriority: false);
        using var source = examples.GetEnumerator();
        var totalSteps = (int)((settings.Tokens + settings.TokensPerStep - 1) / settings.TokensPerStep);
        var schedule = new LearningRateSchedule(settings.PeakRate, settings.WarmUpSteps, totalSteps, RateDecay.Cosine, settings.Floor);
        var tokens = 0L;
        for (var step = 1; step <= totalSteps; step++)
        {
            List<TrainingExample> batch = [];
            var batchTokens = 0;
            while (batchTokens < settings.TokensPerStep && source.MoveNext())
            {
                batch.Add(source.Current);
                batchTokens += source.Current.Tokens.Length;
            }
            if (batch.Count == 0) break;
            var loss = trainer.Step(batch, schedule.At(step), cancellation);
            tokens += batchTokens;
            yield return new PretrainingStep(step, totalSteps, tokens, loss.Loss / loss.Tokens, (double)loss.Correct / loss.Tokens);
        }
        _finished = trainer.Snapshot(start.Tokenizer);
        _trainer = null;
    }

    /// <summary>A copy of the model after the last step that was yielded.</summary>
    public LanguageModel Model => _finished ?? _trainer?.Snapshot(start.Tokenizer) ?? start;
}
