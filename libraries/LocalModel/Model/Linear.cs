using System.Numerics;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// A weight matrix W [outputs × inputs] packed once per step for both directions, so that no micro-batch pays for it:
/// Y = X·Wᵀ going forward, dX = dY·W going back.
/// </summary>
internal sealed unsafe class Linear<T> where T : unmanaged, INumberBase<T>
{
    private readonly PackedMatrix<T> _transposed = new(), _plain = new();
    private int _inputs, _outputs;

    public void Pack(T* weights, Block block, bool forBackward)
    {
        (_outputs, _inputs) = (block.Rows, block.Columns);
        var w = weights + block.Offset;
        _transposed.Pack(_inputs, _outputs, w, 1, _inputs);
        if (forBackward) _plain.Pack(_outputs, _inputs, w, _inputs, 1);
    }

    /// <summary>y [rows × outputs] (+)= x [rows × inputs] · Wᵀ.</summary>
    public void Forward(Gemm<T> gemm, int rows, T* x, T* y, bool add = false) =>
        gemm.Multiply(rows, _outputs, _inputs, x, _inputs, 1, _transposed, y, _outputs, add);

    /// <summary>dx [rows × inputs] = dy · W, and dw [outputs × inputs] += dyᵀ · x.</summary>
    public void Backward(Gemm<T> gemm, int rows, T* x, T* dy, T* dx, T* dw)
    {
        gemm.Multiply(rows, _inputs, _outputs, dy, _outputs, 1, _plain, dx, _inputs, add: false);
        gemm.Multiply(_outputs, _inputs, rows, dy, 1, _outputs, x, _inputs, 1, dw, _inputs, add: true);
    }
}

/// <summary>All matrices of a model, packed. Read-only between packings, so any number of threads may use it.</summary>
internal sealed unsafe class PackedWeights<T> where T : unmanaged, INumberBase<T>
{
    private readonly List<(Linear<T> Linear, Block Block)> _all = [];

    public PackedWeights(ParameterLayout layout)
    {
        Head = Add(layout.Embedding);
        Layers = [.. layout.Layers.Select(layer => (Add(layer.Qkv), Add(layer.Output), Add(layer.GateUp), Add(layer.Down)))];

        Linear<T> Add(Block block)
        {
            _all.Add((new Linear<T>(), block));
            return _all[^1].Linear;
        }
    }

    public Linear<T> Head { get; }
    public (Linear<T> Qkv, Linear<T> Output, Linear<T> GateUp, Linear<T> Down)[] Layers { get; }

    /// <summary>How many matrices there are to <see cref="Pack"/>.</summary>
    public int Count => _all.Count;

    public void Pack(int matrix, T* weights, bool forBackward) => _all[matrix].Linear.Pack(weights, _all[matrix].Block, forBackward);
}
