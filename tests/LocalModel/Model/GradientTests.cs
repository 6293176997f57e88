namespace FineTuneAspire.LocalModel.Tests;

/// <summary>
/// Every layer's backward pass against central differences of its forward pass, in double: the same generic source that trains in
/// float. Sizes are odd on purpose, so that vectors, their remainders and ragged tiles all take part.
/// </summary>
public unsafe class GradientTests
{
    private const double Step = 1e-5;

    [Fact]
    public void RmsNorm_gradient_is_the_slope_of_its_output()
    {
        const int rows = 3, width = 21;
        double[] x = Numbers(rows * width, 1), gain = Numbers(width, 2), weightOfOutput = Numbers(rows * width, 3);
        double[] dx = new double[x.Length], dgain = new double[width], y = new double[x.Length], inverse = new double[rows];
        double Loss()
        {
            fixed (double* px = x, pg = gain, py = y, pi = inverse) RmsNorm<double>.Forward(rows, width, px, pg, py, pi, 1e-5);
            return Dot(y, weightOfOutput);
        }
        Loss();
        fixed (double* px = x, pg = gain, pi = inverse, pdy = (double[])weightOfOutput.Clone(), pdx = dx, pdg = dgain)
            RmsNorm<double>.Backward(rows, width, px, pg, pi, pdy, pdx, pdg);
        AssertSlopes(x, dx, Loss);
        AssertSlopes(gain, dgain, Loss);
    }

    [Fact]
    public void SwiGlu_gradient_is_the_slope_of_its_output()
    {
        const int rows = 2, width = 19;
        double[] gateUp = Numbers(rows * 2 * width, 1), h = new double[rows * width], dh = Numbers(rows * width, 2), dGateUp = new double[gateUp.Length];
        double Loss()
        {
            fixed (double* pg = gateUp, ph = h) SwiGlu<double>.Forward(rows, width, pg, ph);
            return Dot(h, dh);
        }
        fixed (double* pg = gateUp, pdh = dh, pd = dGateUp) SwiGlu<double>.Backward(rows, width, pg, pdh, pd);
        AssertSlopes(gateUp, dGateUp, Loss);
    }

    [Fact]
    public void Rope_gradient_is_the_slope_of_its_output()
    {
        var rope = new Rope<double>(Config(width: 3 * 22, heads: 3));
        const int position = 5;
        double[] x = Numbers(66, 1), weightOfOutput = Numbers(66, 2);
        var dx = (double[])weightOfOutput.Clone();
        double Loss()
        {
            var turned = (double[])x.Clone();
            fixed (double* p = turned) rope.Forward(position, 3, p);
            return Dot(turned, weightOfOutput);
        }
        fixed (double* p = dx) rope.Backward(position, 3, p);
        AssertSlopes(x, dx, Loss);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(7, 6)]
    [InlineData(50, 6)]   // two bands: the second's keys begin in the first
    public void Attention_gradient_is_the_slope_of_its_output(int n, int w)
    {
        double[] qkv = Numbers(n * 3 * w, 1), o = new double[n * w], dO = Numbers(n * w, 2), dQkv = new double[qkv.Length];
        var p = new double[n * Attention<double>.RowOfP(n)];
        var attention = new Attention<double>(new Gemm<double>());
        double Loss()
        {
            fixed (double* q = qkv, po = o, pp = p) attention.Forward(n, w, q, q + w, q + 2 * w, 3 * w, po, w, pp);
            return Dot(o, dO);
        }
        Loss();
        fixed (double* q = qkv, pp = p, pdo = dO, dq = dQkv) attention.Backward(n, w, q, q + w, q + 2 * w, 3 * w, pp, pdo, w, dq, dq + w, dq + 2 * w);
        AssertSlopes(qkv, dQkv, Loss);
    }

    [Fact]
    public void Linear_gradient_is_the_slope_of_its_output()
    {
        const int rows = 14, inputs = 9, outputs = 35;
        double[] x = Numbers(rows * inputs, 1), weights = Numbers(outputs * inputs, 2), y = new double[rows * outputs], dy = Numbers(rows * outputs, 3);
        double[] dx = new double[x.Length], dw = new double[weights.Length];
        var (gemm, linear, block) = (new Gemm<double>(), new Linear<double>(), new Block(0, outputs, inputs));
        double Loss()
        {
            fixed (double* px = x, pw = weights, py = y)
            {
                linear.Pack(pw, block, forBackward: true);
                linear.Forward(gemm, rows, px, py);
            }
            return Dot(y, dy);
        }
        Loss();
        fixed (double* px = x, pdy = dy, pdx = dx, pdw = dw) linear.Backward(gemm, rows, px, pdy, pdx, pdw);
        AssertSlopes(x, dx, Loss);
        AssertSlopes(weights, dw, Loss);
    }

    [Fact]
    public void CrossEntropy_gradient_is_the_slope_of_its_loss()
    {
        const int rows = 3, vocabulary = 17;
        int[] targets = [4, 0, 16];
        var logits = Numbers(rows * vocabulary, 1);
        var gradient = (double[])logits.Clone();
        fixed (double* p = gradient) CrossEntropy<double>.ForwardBackward(rows, vocabulary, p, targets, 1);
        AssertSlopes(logits, gradient, () =>
        {
            fixed (double* p = (double[])logits.Clone()) return CrossEntropy<double>.ForwardBackward(rows, vocabulary, p, targets, 1).Loss;
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_parameter_of_the_whole_model_has_the_slope_of_the_loss_as_its_gradient(bool scalar)
    {
        var config = Config(width: 12, heads: 2);
        var layout = new ParameterLayout(config);
        var transformer = new Transformer<double>(config, layout, scalar ? GemmPath.Scalar : GemmPath.Best);
        var packed = new PackedWeights<double>(layout);
        double[] weights = Numbers(layout.Count, 5), gradient = new double[layout.Count];
        TrainingExample[] examples =
        [
            new([3, 1, 4, 1, 5, 9, 2], [false, false, true, true, false, true, true]),
            new([2, 7], [false, true]),
            new([8, 2, 8, 1, 8], [false, true, true, true, true]),
        ];
        double Loss()
        {
            fixed (double* w = weights)
            {
                for (var matrix = 0; matrix < packed.Count; matrix++) packed.Pack(matrix, w, forBackward: true);
                return transformer.Evaluate(w, packed, examples).Loss;
            }
        }
        Loss();
        fixed (double* w = weights, g = gradient) transformer.ForwardBackward(w, packed, examples, 1, g);
        Assert.All(layout.Named(), named => Assert.Contains(gradient[named.Block.Offset..(named.Block.Offset + named.Block.Count)], slope => slope != 0));
        AssertSlopes(weights, gradient, Loss);
    }

    private static ModelConfig Config(int width, int heads) => new()
    {
        VocabularySize = 11, Width = width, Layers = 2, Heads = heads, FeedForward = 19, ContextLength = 8, RopeTheta = 50,
    };

    private static void AssertSlopes(double[] inputs, double[] gradient, Func<double> loss)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            var value = inputs[i];
            inputs[i] = value + Step;
            var above = loss();
            inputs[i] = value - Step;
            var below = loss();
            inputs[i] = value;
            var slope = (above - below) / (2 * Step);
            var error = Math.Abs(slope - gradient[i]) / Math.Max(1, Math.Abs(slope));
            Assert.True(error < 1e-7, $"input {i}: gradient {gradient[i]}, slope {slope}");
        }
    }

    private static double[] Numbers(int count, long seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextNormal() * 0.6)];
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
