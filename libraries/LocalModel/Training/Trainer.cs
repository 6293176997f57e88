using System.Numerics.Tensors;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// Optimiser steps over batches, spread over threads so that the same examples give the same bits on any number of them: a batch is
/// cut into shards by its examples alone, shard s adds its gradient to lane s mod <see cref="Lanes"/>, a lane's shards run in order
/// on one thread, and lanes are summed in order. Threads only decide who computes a lane, never what is added to what.
/// </summary>
internal sealed unsafe class Trainer : IDisposable
{
    private const int Lanes = 8;

    // Tokens of a shard at most: enough rows for the products to run at speed, few enough that a small batch still makes several shards.
    private const int ShardTokens = 1024;

    private const int RangeLength = 1 << 15;

    private readonly ModelConfig _config;
    private readonly ParameterLayout _layout;
    private readonly AlignedBuffer<float> _weights;
    private readonly AlignedBuffer<float>[] _gradients;
    private readonly PackedWeights<float> _packed;
    private readonly AdamW _optimiser;
    private readonly WorkerPool _pool;
    private readonly Transformer<float>[] _transformers;
    private readonly (int Start, int Count, bool Decay)[] _ranges;
    private readonly double _clip;
    private int _step;
    private bool _packedNow;

    /// <param name="clip">The longest gradient that is taken as it is; a longer one is shortened to it.</param>
    public Trainer(LanguageModel start, AdamW optimiser, double clip, int threads, bool lowPriority)
    {
        (_config, _layout, _optimiser, _clip) = (start.Config, start.Layout, optimiser, clip);
        _weights = new(_layout.Count);
        start.Weights.Span.CopyTo(_weights.Span);
        _gradients = [.. Enumerable.Range(0, Lanes).Select(_ => new AlignedBuffer<float>(_layout.Count))];
        _packed = new(_layout);
        _pool = new(Math.Min(threads, Lanes), lowPriority);
        _transformers = [.. Enumerable.Range(0, _pool.Threads).Select(_ => new Transformer<float>(_config, _layout))];
        _ranges = [.. Ranges()];
    }

    public ReadOnlySpan<float> Weights => _weights.Span;

    /// <summary>One optimiser step on the mean loss over the batch's trained tokens.</summary>
    public LossSum Step(IReadOnlyList<TrainingExample> batch, double rate, CancellationToken cancellation)
    {
        var shards = Shards(batch);
        var lanes = Math.Min(Lanes, shards.Count);
        var scale = 1f / batch.Sum(example => example.TrainedTokens);
        Pack();

        var sums = new LossSum[shards.Count];
        _pool.Run(lanes, (worker, lane) =>
        {
            _gradients[lane].Span.Clear();
            for (var s = lane; s < shards.Count; s += Lanes)
            {
                cancellation.ThrowIfCancellationRequested();
                sums[s] = _transformers[worker].ForwardBackward(_weights.Pointer, _packed, shards[s], scale, _gradients[lane].Pointer);
            }
        });

        var squares = new double[_ranges.Length];
        _pool.Run(_ranges.Length, (_, r) =>
        {
            var (start, count, _) = _ranges[r];
            var total = _gradients[0].Span.Slice(start, count);
            for (var lane = 1; lane < lanes; lane++) TensorPrimitives.Add(total, _gradients[lane].Span.Slice(start, count), total);
            squares[r] = TensorPrimitives.SumOfSquares<float>(total);
        });
        var norm = Math.Sqrt(squares.Sum());
        if (!double.IsFinite(norm)) throw new ArithmeticException("The loss is no longer a finite number. Train again with a smaller learning rate multiplier.");
        var shorten = (float)Math.Min(1, _clip / Math.Max(norm, 1e-12));

        _step++;
        _pool.Run(_ranges.Length, (_, r) =>
        {
            var (start, count, decay) = _ranges[r];
            _optimiser.Update(_step, start, _weights.Span.Slice(start, count), _gradients[0].Span.Slice(start, count), shorten, rate, decay);
        });
        _packedNow = false;
        return Sum(sums);
    }

    /// <summary>The loss of examples under the weights as they are.</summary>
    public LossSum Evaluate(IReadOnlyList<TrainingExample> examples, CancellationToken cancellation)
    {
        var shards = Shards(examples);
        Pack();
        var sums = new LossSum[shards.Count];
        _pool.Run(shards.Count, (worker, s) =>
        {
            cancellation.ThrowIfCancellationRequested();
            sums[s] = _transformers[worker].Evaluate(_weights.Pointer, _packed, shards[s]);
        });
        return Sum(sums);
    }

    public LanguageModel Snapshot(Tokenizer tokenizer)
    {
        var copy = new AlignedBuffer<float>(_layout.Count);
        _weights.Span.CopyTo(copy.Span);
        return new LanguageModel(_config, tokenizer, copy);
    }

    public void Dispose() => _pool.Dispose();

    private void Pack()
    {
        if (_packedNow) return;
        _pool.Run(_packed.Count, (_, matrix) => _packed.Pack(matrix, _weights.Pointer, forBackward: true));
        _packedNow = true;
    }

    private static LossSum Sum(LossSum[] sums) => sums.Aggregate((a, b) => a + b);

    // Neighbouring examples up to a quarter of the batch, so that a small batch feeds several threads too.
    private static List<TrainingExample[]> Shards(IReadOnlyList<TrainingExample> batch)
    {
        var limit = Math.Clamp(batch.Sum(example => example.Tokens.Length) / 4, 256, ShardTokens);
        List<TrainingExample[]> shards = [];
        List<TrainingExample> shard = [];
        var tokens = 0;
        foreach (var example in batch)
        {
            if (shard.Count > 0 && tokens + example.Tokens.Length > limit)
            {
                shards.Add([.. shard]);
                shard.Clear();
                tokens = 0;
            }
            shard.Add(example);
            tokens += example.Tokens.Length;
        }
        shards.Add([.. shard]);
        return shards;
    }

    // All parameters in pieces that never straddle two blocks, since decay differs between blocks.
    private IEnumerable<(int Start, int Count, bool Decay)> Ranges()
    {
        var matrices = _layout.Matrices.ToHashSet();
        foreach (var block in _layout.Layers.SelectMany(layer => (Block[])[layer.AttentionNorm, layer.FeedForwardNorm])
                     .Append(_layout.FinalNorm).Concat(matrices).OrderBy(block => block.Offset))
            for (var at = 0; at < block.Count; at += RangeLength)
                yield return (block.Offset + at, Math.Min(RangeLength, block.Count - at), matrices.Contains(block));
    }
}
