namespace FineTuneAspire.LocalModel;

/// <summary>What one layer's forward pass leaves for its backward pass. R rows (tokens of all sequences of a micro-batch), D width, F feed-forward.</summary>
internal sealed class LayerActivations<T>(ModelConfig config, int rows, int probabilities) where T : unmanaged
{
    public readonly AlignedBuffer<T> Input = new(rows * config.Width);                    // x0 [R × D]
    public readonly AlignedBuffer<T> InputScale = new(rows);                              // 1 / rms(x0) [R]
    public readonly AlignedBuffer<T> InputNormed = new(rows * config.Width);              // n0 [R × D]
    public readonly AlignedBuffer<T> Qkv = new(rows * 3 * config.Width);                  // [R × 3D], q and k turned
    public readonly AlignedBuffer<T> Probabilities = new(probabilities);                  // per sequence and head [n × RowOfP(n)]
    public readonly AlignedBuffer<T> Attended = new(rows * config.Width);                 // o [R × D]
    public readonly AlignedBuffer<T> Middle = new(rows * config.Width);                   // x1 [R × D]
    public readonly AlignedBuffer<T> MiddleScale = new(rows);
    public readonly AlignedBuffer<T> MiddleNormed = new(rows * config.Width);             // n1 [R × D]
    public readonly AlignedBuffer<T> GateUp = new(rows * 2 * config.FeedForward);         // [R × 2F]
    public readonly AlignedBuffer<T> Hidden = new(rows * config.FeedForward);             // h [R × F]
}

/// <summary>The memory of one worker: activations of all layers and the gradients that flow back through one of them.</summary>
internal sealed class Activations<T> where T : unmanaged
{
    /// <summary>Rows of the head computed at once: logits are the widest array of all.</summary>
    public const int HeadRows = 252;

    public Activations(ModelConfig config, int rows, int probabilities)
    {
        (Rows, ProbabilityCount) = (rows, probabilities);
        Layers = [.. Enumerable.Range(0, config.Layers).Select(_ => new LayerActivations<T>(config, rows, probabilities))];
        Output = new(rows * config.Width);
        Gradient = new(rows * config.Width);
        NormedGradient = new(rows * config.Width);
        QkvGradient = new(rows * 3 * config.Width);
        GateUpGradient = new(rows * 2 * config.FeedForward);
        HiddenGradient = new(rows * config.FeedForward);
        HeadInput = new(HeadRows * config.Width);
        HeadNormed = new(HeadRows * config.Width);
        HeadScale = new(HeadRows);
        HeadGradient = new(HeadRows * config.Width);
        HeadInputGradient = new(HeadRows * config.Width);
        Logits = new(HeadRows * config.VocabularySize);
    }

    public int Rows { get; }
    public int ProbabilityCount { get; }
    public LayerActivations<T>[] Layers { get; }
    public AlignedBuffer<T> Output { get; }              // x after the last layer [R × D]
    public AlignedBuffer<T> Gradient { get; }            // dx [R × D]
    public AlignedBuffer<T> NormedGradient { get; }      // dn0, dn1 or do [R × D]
    public AlignedBuffer<T> QkvGradient { get; }
    public AlignedBuffer<T> GateUpGradient { get; }
    public AlignedBuffer<T> HiddenGradient { get; }
    public AlignedBuffer<T> HeadInput { get; }           // trained rows of x, gathered [HeadRows × D]
    public AlignedBuffer<T> HeadNormed { get; }
    public AlignedBuffer<T> HeadScale { get; }
    public AlignedBuffer<T> HeadGradient { get; }
    public AlignedBuffer<T> HeadInputGradient { get; }
    public AlignedBuffer<T> Logits { get; }              // [HeadRows × V]
}
