using Regimen.Engine;
using Regimen.Layers;
using Regimen.Tests.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Layers;

/// <summary>Tests layers with portable bits: the bits of their definition, for any number of threads, and libtorch's results up to rounding.</summary>
public sealed class PortableLayersTests : IDisposable
{
    public PortableLayersTests() => Arithmetic.Use(Bits.Portable);

    public void Dispose()
    {
        Arithmetic.Use(Bits.Machine);
        Threads.Use(1);
    }

    [Theory]
    [InlineData(1, 1, 1, 1, true, 0)]
    [InlineData(2, 33, 5, 2, true, 0)]
    [InlineData(3, 70, 8, 3, false, 0)]
    [InlineData(1, 300, 6, 1, true, 0)]
    [InlineData(1, 530, 3, 2, false, 0)]
    [InlineData(2, 45, 5, 2, true, 0.3)]
    [InlineData(1, 290, 3, 2, true, 0.1)]
    [InlineData(2, 70, 8, 3, false, 0.5)]
    public void Attention_has_the_bits_of_the_definition(int batch, int length, int head, int heads, bool isCausal, double probability)
    {
        var dropout = new AttentionDropout(probability, 0x1234_5678_9ABC_DEF0);
        int width = head * heads;
        float[] x = FunctionCases.Values(length, batch * length * 3 * width, 1.5f), g = FunctionCases.Values(head, batch * length * width, 1);
        float[] output = new float[batch * length * width], gradient = new float[x.Length];
        for (int pair = 0; pair < batch * heads; pair++)
        {
            // The factors of all weights of all samples and heads, and of this one.
            float[] mask = [.. Enumerable.Repeat(1f, batch * heads * length * length)];
            if (probability > 0)
            {
                DropoutMask.Fill(mask, dropout.Key, probability);
            }

            Defined(x, g, output, gradient, pair / heads * length, pair % heads * head, length, head, width, isCausal, mask.AsSpan(pair * length * length, length * length).ToArray());
        }

        foreach (int threads in (int[])[1, 2, 3])
        {
            Threads.Use(threads, SharedBy.Layers);
            (float[] y, float[] dx) = Run(x, g, [batch, length, 3 * width], input => FusedFunction.Run(new AttentionOperation(heads, isCausal, dropout), input));
            Assert.Equal(output, y);
            Assert.Equal(gradient, dx);
        }
    }

    /// <summary>The error against float64, of output and gradient, is at most twice that of libtorch's operations.</summary>
    [Theory]
    [InlineData(5, true, 0)]
    [InlineData(64, false, 0)]
    [InlineData(700, true, 0)]
    [InlineData(37, true, 0.2)]
    [InlineData(64, false, 0.4)]
    public void Attention_is_as_exact_as_libtorchs(int length, bool isCausal, double probability)
    {
        const int heads = 2, width = 24;
        float[] x = FunctionCases.Values(length, length * 3 * width, 2), g = FunctionCases.Values(1, length * width, 1);
        var operation = new AttentionOperation(heads, isCausal, new AttentionDropout(probability, 77));
        AssertAsExact(x, g, [1, length, 3 * width], input => FusedFunction.Run(operation, input), input => operation.Reference([input]));
    }

    /// <summary>Without a scale of its own the average of the outputs over masks is the output without dropout, and each step has its own mask.</summary>
    [Fact]
    public void Dropout_of_attention_weights_follows_from_the_seed_and_is_off_in_evaluation()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var layer = new CausalAttention(2, dropout: 0.25);
        using var plain = new CausalAttention(2);
        Assert.Null(layer.MachineOperation);
        Tensor x = tensor(FunctionCases.Values(3, 2 * 19 * 24, 1)).view(2, 19, 24);
        TorchRandom.SeedInitialization(5);
        Tensor[] drawn = [.. Enumerable.Range(0, 2000).Select(_ => layer.call(x))];
        Assert.NotEqual(Bytes(drawn[0]), Bytes(drawn[1]));
        Assert.True(stack(drawn).mean([0]).allclose(plain.call(x), rtol: 0, atol: 0.06));
        TorchRandom.SeedInitialization(5);
        Assert.Equal(Bytes(drawn[0]), Bytes(layer.call(x)));
        layer.eval();
        Assert.Equal(Bytes(plain.call(x)), Bytes(layer.call(x)));
    }

    [Fact]
    public void Gradients_of_gradients_of_attention_with_dropout_use_the_same_mask()
    {
        using DisposeScope scope = NewDisposeScope();
        var operation = new AttentionOperation(2, dropout: new AttentionDropout(0.3, 9));
        float[] values = FunctionCases.Values(3, 2 * 7 * 24, 1);
        Tensor second = Second(x => FusedFunction.Run(operation, x));
        Assert.True(second.allclose(Second(x => operation.Reference([x])), rtol: 1e-3, atol: 1e-4));

        Tensor Second(Func<Tensor, Tensor> function)
        {
            Tensor x = tensor(values).view(2, 7, 24).requires_grad_();
            Tensor first = autograd.grad([function(x).pow(2).sum()], [x], retain_graph: true, create_graph: true)[0];
            return autograd.grad([first.pow(2).sum()], [x])[0];
        }
    }

    [Theory]
    [InlineData(40, 7)]
    [InlineData(900, 65)]
    public void Layer_norm_is_as_exact_as_libtorchs(int rows, int width)
    {
        float[] x = FunctionCases.Values(rows, rows * width, 2), g = FunctionCases.Values(1, rows * width, 1);
        using var norm = new LayerNorm(width);
        AssertAsExact(x, g, [rows, width], norm.call, input => nn.functional.layer_norm(input, [width], norm.Weight.to(input.dtype), norm.Bias.to(input.dtype)));
    }

    [Fact]
    public void Activations_are_as_exact_as_libtorchs()
    {
        float[] x = FunctionCases.Values(1, 3001, 6), g = FunctionCases.Values(2, x.Length, 1);
        AssertAsExact(x, g, [x.Length], ElementOperation<GeluFunction>.Run, GeluFunction.Reference);
        AssertAsExact(x, g, [x.Length], ElementOperation<SiluFunction>.Run, SiluFunction.Reference);
        AssertAsExact(x, g, [x.Length], ElementOperation<TanhFunction>.Run, TanhFunction.Reference);
    }

    [Theory]
    [InlineData(3, 4, 5)]
    [InlineData(40, 300, 37)]
    public void An_embeddings_gradient_is_the_sum_of_its_uses_in_their_order(int count, int uses, int width)
    {
        using DisposeScope scope = NewDisposeScope();
        using var embedding = new Embedding(count, width);
        long[] indices = [.. Enumerable.Range(0, uses).Select(i => (long)((i * 7) + (i * i / 3)) % count)];
        float[] g = FunctionCases.Values(uses, uses * width, 1), expected = new float[count * width];
        for (int i = 0; i < g.Length; i++)
        {
            expected[(indices[i / width] * width) + (i % width)] += g[i];
        }

        foreach (int threads in (int[])[1, 2])
        {
            Threads.Use(threads, SharedBy.Layers);
            embedding.Weight.grad = null;
            Tensor y = embedding.call(tensor(indices).view(1, uses));
            Assert.Equal([1, uses, width], y.shape);
            Assert.Equal(Bytes(embedding.Weight.index_select(0, tensor(indices))), Bytes(y));
            y.backward([tensor(g).view(1, uses, width)]);
            Assert.Equal(expected, Floats(embedding.Weight.grad!));
        }

        Assert.ThrowsAny<Exception>(() => embedding.call(tensor(new long[] { count })));
    }

    [Fact]
    public void What_is_added_to_each_sample_has_the_sum_of_their_gradients()
    {
        using DisposeScope scope = NewDisposeScope();
        (int batch, int rows, int columns) = (301, 9, 11);
        float[] g = FunctionCases.Values(1, batch * rows * columns, 1);
        Tensor x = rand(batch, rows, columns).requires_grad_(), each = rand(rows, columns).requires_grad_();
        Tensor y = AddToEach.Run(x, each);
        Assert.Equal(Bytes(x.add(each)), Bytes(y));
        y.backward([tensor(g).view(batch, rows, columns)]);
        Assert.Equal(g, Floats(x.grad!));
        Assert.Equal([.. Enumerable.Range(0, rows * columns).Select(i => (float)Enumerable.Range(0, batch).Aggregate(0.0, (sum, b) => sum + g[(b * rows * columns) + i]))], Floats(each.grad!));
    }

    [Fact]
    public void A_product_with_another_modules_weight_has_the_bits_of_a_linear_layer()
    {
        using DisposeScope scope = NewDisposeScope();
        using var linear = new Linear(37, 53);
        float[] x = FunctionCases.Values(1, 6 * 7 * 37, 1), g = FunctionCases.Values(2, 6 * 7 * 53, 1);
        (float[] y, float[] dx) = Run(x, g, [6, 7, 37], linear.call);
        byte[][] expected = [Bytes(linear.Weight.grad!), Bytes(linear.Bias!.grad!)];
        foreach (int threads in (int[])[1, 2, 3])
        {
            Threads.Use(threads, SharedBy.Layers);
            linear.zero_grad();
            (linear.Weight.grad, linear.Bias!.grad) = (null, null);
            (float[] y2, float[] dx2) = Run(x, g, [6, 7, 37], input => WeightProduct.Run(input, linear.Weight, linear.Bias));
            Assert.Equal(y, y2);
            Assert.Equal(dx, dx2);
            Assert.Equal(expected, [Bytes(linear.Weight.grad!), Bytes(linear.Bias!.grad!)]);
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(9, 13, 21)]
    [InlineData(33, 5, 8)]
    public void Recurrent_units_equal_libtorchs_and_do_not_depend_on_threads(int batch, int time, int width)
    {
        using DisposeScope scope = NewDisposeScope();
        TorchRandom.SeedInitialization(1);
        using var ours = new GatedRecurrentUnits(7, width, 2, 0);
        using TorchSharp.Modules.GRU theirs = nn.GRU(7, width, 2, batchFirst: true);
        using (no_grad())
        {
            foreach ((string name, TorchSharp.Modules.Parameter parameter) in theirs.named_parameters())
            {
                parameter.copy_(ours.get_parameter(name)!);
            }
        }

        float[] x = FunctionCases.Values(batch, batch * time * 7, 2), g = FunctionCases.Values(time, batch * time * width, 1);
        (float[] y, float[] dx) = Run(x, g, [batch, time, 7], input => theirs.call(input).Item1);
        Near(y, dx, Run(x, g, [batch, time, 7], ours.call));
        byte[][]? first = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            Threads.Use(threads, SharedBy.Layers);
            foreach (TorchSharp.Modules.Parameter parameter in ours.parameters())
            {
                parameter.grad = null;
            }

            (float[] y2, float[] dx2) = Run(x, g, [batch, time, 7], ours.call);
            byte[][] bits = [System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(y2).ToArray(), System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(dx2).ToArray(), .. ours.parameters().Select(p => Bytes(p.grad!))];
            first ??= bits;
            Assert.Equal(first, bits);
        }

        foreach ((string name, TorchSharp.Modules.Parameter parameter) in theirs.named_parameters())
        {
            Assert.True(parameter.grad!.allclose(ours.get_parameter(name)!.grad!, rtol: 1e-4, atol: 1e-4), name);
        }

        Tensor gates = tensor(FunctionCases.Values(1, 2 * 3 * 12, 1)).view(2, 3, 12);
        Tensor weight = tensor(FunctionCases.Values(2, 48, 1)).view(12, 4), bias = tensor(FunctionCases.Values(3, 12, 1));
        Assert.True(GruOperation.Run(gates, weight, bias).allclose(GruOperation.Run(gates.to(ScalarType.Float64), weight.to(ScalarType.Float64), bias.to(ScalarType.Float64)).to(ScalarType.Float32), rtol: 1e-5, atol: 1e-6));

        static void Near(float[] y, float[] dx, (float[] Output, float[] Gradient) received)
        {
            Assert.All(y.Zip(received.Output), v => Assert.Equal(v.First, v.Second, 1e-5f));
            Assert.All(dx.Zip(received.Gradient), v => Assert.Equal(v.First, v.Second, 1e-4f));
        }
    }

    [Fact]
    public void Normal_initial_values_have_the_distribution()
    {
        TorchRandom.SeedInitialization(3);
        using Tensor values = empty(100_001);
        InitialNormal.Fill(values, 0.5);
        double[] all = [.. Floats(values).Select(v => (double)v)];
        Assert.Equal(0, all.Average(), 0.01);
        Assert.Equal(0.25, all.Average(v => v * v), 0.005);
        Assert.Equal(3 * 0.0625, all.Average(v => v * v * v * v), 0.01);
    }

    /// <summary>Computes one head of one sample by the definition.</summary>
    private static void Defined(float[] x, float[] g, float[] output, float[] gradient, int first, int column, int length, int head, int width, bool isCausal, float[] mask)
    {
        float scale = (float)(1 / Math.Sqrt(head));
        float[] scores = new float[length], weights = new float[length], slopes = new float[length];
        float[][] ofKeys = [.. Enumerable.Range(0, length).Select(_ => new float[head])], ofValues = [.. ofKeys.Select(k => new float[head])];
        float[][] keyTotals = [.. ofKeys.Select(k => new float[head])], valueTotals = [.. ofKeys.Select(k => new float[head])];
        for (int row = 0; row < length; row++)
        {
            // Columns up to the end of a block of 32 rows have weights of 0.
            int valid = isCausal ? row + 1 : length;
            int columns = isCausal ? Math.Min(length, (row / 32 * 32) + 32) : length;
            for (int j = 0; j < columns; j++)
            {
                scores[j] = Product(head, k => At(0, row, k), k => At(1, j, k));
            }

            float top = scores[..valid].Max() * scale;
            float sum = FunctionCases.LaneSum(valid, j => Exp((scores[j] * scale) - top));
            float log = top + (float)PortableMath.Log(sum);
            float factor = 1 / sum;
            for (int k = 0; k < head; k++)
            {
                output[Own(row, k)] = Product(columns, j => j < valid ? Exp((scores[j] * scale) - top) * factor * mask[(row * length) + j] : 0, j => At(2, j, k));
            }

            for (int j = 0; j < columns; j++)
            {
                weights[j] = j < valid ? Exp((scores[j] * scale) - log) : 0;
                slopes[j] = Product(head, k => g[Own(row, k)], k => At(2, j, k)) * mask[(row * length) + j];
            }

            float mean = FunctionCases.LaneSum(valid, j => weights[j] * slopes[j]);
            for (int j = 0; j < columns; j++)
            {
                slopes[j] = j < valid ? weights[j] * (slopes[j] - mean) * scale : 0;
            }

            for (int k = 0; k < head; k++)
            {
                gradient[Place(0, row, k)] = Product(columns, j => slopes[j], j => At(1, j, k));
            }

            if (row % 256 == 0 && row > 0)
            {
                Close(length);
            }

            for (int j = 0; j < columns; j++)
            {
                for (int k = 0; k < head; k++)
                {
                    ofKeys[j][k] = MathF.FusedMultiplyAdd(slopes[j], At(0, row, k), ofKeys[j][k]);
                    ofValues[j][k] = MathF.FusedMultiplyAdd(weights[j] * mask[(row * length) + j], g[Own(row, k)], ofValues[j][k]);
                }
            }
        }

        Close(length);
        for (int j = 0; j < length; j++)
        {
            for (int k = 0; k < head; k++)
            {
                (gradient[Place(1, j, k)], gradient[Place(2, j, k)]) = (keyTotals[j][k], valueTotals[j][k]);
            }
        }

        void Close(int count)
        {
            for (int j = 0; j < count; j++)
            {
                for (int k = 0; k < head; k++)
                {
                    keyTotals[j][k] += ofKeys[j][k];
                    valueTotals[j][k] += ofValues[j][k];
                    (ofKeys[j][k], ofValues[j][k]) = (0, 0);
                }
            }
        }

        int Place(int part, int row, int k) => ((first + row) * 3 * width) + (part * width) + column + k;

        float At(int part, int row, int k) => x[Place(part, row, k)];

        int Own(int row, int k) => ((first + row) * width) + column + k;
    }

    private static float Exp(float x) => Regimen.Kernels.VectorFunctions.Exp(System.Runtime.Intrinsics.Vector256.Create(x))[0];

    /// <summary>Chains of 256 multiply-adds, added in order.</summary>
    private static float Product(int count, Func<int, float> a, Func<int, float> b)
    {
        float total = 0;
        for (int start = 0; start < count; start += 256)
        {
            float sum = 0;
            for (int k = start; k < Math.Min(count, start + 256); k++)
            {
                sum = MathF.FusedMultiplyAdd(a(k), b(k), sum);
            }

            total = start == 0 ? sum : total + sum;
        }

        return total;
    }

    private static (float[] Output, float[] Gradient) Run(float[] x, float[] g, long[] shape, Func<Tensor, Tensor> function)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = tensor(x).view(shape).requires_grad_();
        Tensor y = function(input);
        y.backward([tensor(g).view(y.shape)]);
        return (Floats(y), Floats(input.grad!));
    }

    private static void AssertAsExact(float[] x, float[] g, long[] shape, Func<Tensor, Tensor> ours, Func<Tensor, Tensor> theirs)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor exactInput = tensor(x).to(ScalarType.Float64).view(shape).requires_grad_();
        Tensor exact = theirs(exactInput);
        exact.backward([tensor(g).to(ScalarType.Float64).view(exact.shape)]);
        (float[] y, float[] dx) = Run(x, g, shape, ours);
        (float[] y2, float[] dx2) = Run(x, g, shape, theirs);
        Assert.InRange(Error(y, exact), 0, 2 * Error(y2, exact));
        Assert.InRange(Error(dx, exactInput.grad!), 0, 2 * Error(dx2, exactInput.grad!));
    }

    private static double Error(float[] values, Tensor exact)
        => Math.Sqrt(values.Zip(TensorMemory.Span<double>(exact.detach().contiguous()).ToArray(), (v, e) => (v - e) * (v - e)).Sum());

    private static float[] Floats(Tensor values)
    {
        using Tensor plain = values.detach().contiguous();
        return TensorMemory.Span<float>(plain).ToArray();
    }

    private static byte[] Bytes(Tensor values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(Floats(values)).ToArray();
}
