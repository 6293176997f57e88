using System.Numerics;
using System.Numerics.Tensors;

namespace FineTuneAspire.LocalModel;

/// <summary>loss = −log softmax(logits)[target], summed over rows. logits [rows × vocabulary].</summary>
internal static unsafe class CrossEntropy<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Also turns the logits into d(loss · scale)/dlogits = (softmax − onehot(target)) · scale, in place.</summary>
    /// <returns>The sum of losses in nats, and in how many rows the target had the highest logit.</returns>
    public static (double Loss, int Correct) ForwardBackward(int rows, int vocabulary, T* logits, ReadOnlySpan<int> targets, T scale)
    {
        var (loss, correct) = (0.0, 0);
        for (var row = 0; row < rows; row++, logits += vocabulary)
        {
            var scores = new Span<T>(logits, vocabulary);
            var target = scores[targets[row]];
            var max = TensorPrimitives.Max<T>(scores);
            if (target == max) correct++;
            TensorPrimitives.Subtract(scores, max, scores);
            TensorPrimitives.Exp<T>(scores, scores);
            var sum = TensorPrimitives.Sum<T>(scores);
            loss += double.CreateTruncating(T.Log(sum) - (target - max));
            TensorPrimitives.Multiply(scores, scale / sum, scores);
            scores[targets[row]] -= scale;
        }
        return (loss, correct);
    }
}
