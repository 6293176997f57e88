namespace FineTuneAspire.LocalModel;

/// <summary>What one optimiser step did.</summary>
/// <param name="Step">From 1 to <paramref name="TotalSteps"/>.</param>
/// <param name="Epoch">From 1.</param>
/// <param name="TrainLoss">Mean over the batch's trained tokens, in nats, before the step's update.</param>
/// <param name="TrainTokenAccuracy">The share of them that were the model's first choice.</param>
/// <param name="ValidLoss">The same over a few validation examples after the update; null at steps that do not validate.</param>
/// <param name="FullValidLoss">The same over all validation examples; null except at the end of an epoch.</param>
/// <param name="EpochEnded">This step saw the epoch's last examples: the moment for a checkpoint.</param>
public sealed record StepResult(
    int Step, int TotalSteps, int Epoch, double LearningRate,
    double TrainLoss, double TrainTokenAccuracy,
    double? ValidLoss, double? ValidTokenAccuracy,
    double? FullValidLoss, double? FullValidTokenAccuracy,
    bool EpochEnded);

/// <summary>
/// Full fine-tuning with the loss on the answers only. The model it starts from is not touched. Not for several threads at once;
/// the work inside is spread over threads by itself.
/// </summary>
public sealed class FineTuner
{
    private readonly LanguageModel _start;
    private readonly IReadOnlyList<TrainingExample> _train, _validation;
    private readonly FineTuningSettings _settings;
    private Trainer? _trainer;
    private LanguageModel? _finished;
    private bool _ran;

    /// <exception cref="ExampleTooLongException">An example does not fit the context. Nothing is ever cut short.</exception>
    /// <exception cref="ArgumentException">There is no training example, an example has nothing to learn, or a setting is out of range.</exception>
    public FineTuner(LanguageModel start, IReadOnlyList<TrainingExample> train, IReadOnlyList<TrainingExample> validation, FineTuningSettings settings)
    {
        if (train.Count == 0) throw new ArgumentException("There is no training example.", nameof(train));
        foreach (var example in train.Concat(validation)) ContextCheck.Require(example, start.Config);
        (_start, _train, _validation, _settings) = (start, train, validation, settings.Checked());
    }

    public int StepsPerEpoch => (_train.Count + _settings.BatchSize - 1) / _settings.BatchSize;
    public int TotalSteps => StepsPerEpoch * _settings.Epochs;

    /// <summary>Tokens read in training so far, repeated ones counted each time: what a provider bills.</summary>
    public long TrainedTokens { get; private set; }

    /// <summary>Trains, yielding after each optimiser step; the work happens while the caller asks for the next one. Once per object.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; <see cref="Snapshot"/> still gives the weights after the last whole step.</exception>
    /// <exception cref="ArithmeticException">The loss became infinite or NaN.</exception>
    public IEnumerable<StepResult> Run(CancellationToken cancellation = default)
    {
        if (_ran) throw new InvalidOperationException("A fine-tuner runs once; make a new one to train again.");
        _ran = true;
        return Steps(cancellation);
    }

    private IEnumerable<StepResult> Steps(CancellationToken cancellation)
    {
        using var trainer = new Trainer(_start, new AdamW(_start.Layout.Count, 0.9, 0.99, _settings.WeightDecay),
            _settings.ClipNorm, _settings.Threads ?? Environment.ProcessorCount, _settings.LowPriority);
        _trainer = trainer;
        try
        {
            var schedule = new LearningRateSchedule(_settings.BaseLearningRate * _settings.LearningRateMultiplier,
                Math.Min(_settings.WarmUpSteps, TotalSteps / 4), TotalSteps, RateDecay.Linear);
            var order = _train.ToArray();
            var step = 0;
            for (var epoch = 1; epoch <= _settings.Epochs; epoch++)
            {
                SeededRandom.For(_settings.Seed, epoch).Shuffle<TrainingExample>(order);
                for (var at = 0; at < order.Length; at += _settings.BatchSize)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var batch = order[at..Math.Min(at + _settings.BatchSize, order.Length)];
                    var rate = schedule.At(++step);
                    var loss = trainer.Step(batch, rate, cancellation);
                    TrainedTokens += batch.Sum(example => (long)example.Tokens.Length);
                    var ended = at + batch.Length == order.Length;
                    var valid = _validation.Count > 0 && (step % _settings.ValidateEvery == 0 || step == TotalSteps)
                        ? trainer.Evaluate(ValidationBatch(step / _settings.ValidateEvery), cancellation) : default(LossSum?);
                    var full = _validation.Count > 0 && ended ? trainer.Evaluate(_validation, cancellation) : default(LossSum?);
                    yield return new StepResult(step, TotalSteps, epoch, rate, MeanLoss(loss), Accuracy(loss),
                        valid is { } v ? MeanLoss(v) : null, valid is { } va ? Accuracy(va) : null,
                        full is { } f ? MeanLoss(f) : null, full is { } fa ? Accuracy(fa) : null, ended);
                }
            }
        }
        finally
        {
            _finished = trainer.Snapshot(_start.Tokenizer);
            _trainer = null;
        }
    }

    /// <summary>A copy of the weights as they are now. Call it between steps, from the thread that enumerates.</summary>
    public LanguageModel Snapshot() => _trainer?.Snapshot(_start.Tokenizer) ?? _finished ?? _start;

    // Each small validation takes the next few examples, round and round.
    private TrainingExample[] ValidationBatch(int number)
    {
        var size = Math.Min(_settings.ValidationBatchSize, _validation.Count);
        return [.. Enumerable.Range(0, size).Select(i => _validation[(int)(((long)number * size + i) % _validation.Count)])];
    }

    private static double MeanLoss(LossSum sum) => sum.Loss / sum.Tokens;
    private static double Accuracy(LossSum sum) => (double)sum.Correct / sum.Tokens;
}
