using Regimen.Engine;
using Regimen.Kernels;
using Regimen.Reproducibility;

namespace Regimen.Tests.Kernels;

/// <summary>A layer's three products on values of all kinds, computed by the kernels and by the definition.</summary>
internal sealed class ProductCases
{
    private const int Chain = 256;
    private readonly int _batch;
    private readonly int _outputs;
    private readonly int _inputs;
    private readonly int[] _gaps;
    private readonly float[] _x;
    private readonly float[] _w;
    private readonly float[] _bias;
    private readonly float[] _g;
    private readonly float[] _start;

    /// <summary>Creates a case.</summary>
    /// <param name="seed">Decides the values, and the gaps between rows.</param>
    /// <param name="batch">The rows of the batch.</param>
    /// <param name="outputs">The layer's outputs.</param>
    /// <param name="inputs">The layer's inputs.</param>
    /// <param name="special">Whether NaN, infinity, denormals and −0 are among the values.</param>
    public ProductCases(int seed, int batch, int outputs, int inputs, bool special = false)
    {
        RandomStream random = RandomStream.For((ulong)seed, RandomPurpose.Order);
        (_batch, _outputs, _inputs) = (batch, outputs, inputs);
        _gaps = [.. Enumerable.Range(0, 5).Select(_ => (int)(random.NextUInt64() % 4))];
        _x = Values(ref random, batch * (inputs + _gaps[0]), special);
        _w = Values(ref random, outputs * (inputs + _gaps[1]), special);
        _g = Values(ref random, batch * (outputs + _gaps[2]), special);
        _start = Values(ref random, outputs * (inputs + _gaps[3]), special);
        _bias = Values(ref random, outputs, special);
    }

    /// <summary>Returns a digest of the results of many cases with the widest vectors of this process, after the width.</summary>
    public static string Digest()
    {
        var digest = new ResultDigest();
        for (int seed = 1; seed <= 12; seed++)
        {
            digest.Add(Drawn(seed, special: seed % 3 == 0).Computed(null, threads: 1));
        }

        ConvolutionCases.AddTo(digest);
        TransposedCases.AddTo(digest);
        return $"{LinearProducts.Width} {digest}";
    }

    /// <summary>Draws the sizes of a case: mostly small, and never all multiples of a vector.</summary>
    public static ProductCases Drawn(int seed, bool special)
    {
        RandomStream random = RandomStream.For((ulong)seed, RandomPurpose.Split);
        int[] most = seed % 4 == 0 ? [130, 150, 600] : [40, 70, 50];
        int[] sizes = [.. most.Select(m => 1 + (int)(random.NextUInt64() % (ulong)m))];
        return new(seed, sizes[0], sizes[1], sizes[2], special);
    }

    /// <summary>Computes output, rectified output, weight gradient and input gradient with the kernels.</summary>
    /// <param name="width">The vectors; null for the widest.</param>
    /// <param name="threads">The number of threads that the outputs are divided among.</param>
    public unsafe float[][] Computed(VectorWidth? width, int threads)
    {
        int yStride = _outputs + _gaps[4];
        float[] y = new float[_batch * yStride], rectified = new float[_batch * yStride], dx = new float[_batch * (_inputs + _gaps[0])];
        float[] dw = [.. _start];
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, part =>
        {
            (long from, long to) = WorkRange.Of(_outputs, part, threads, 1);
            int first = (int)from, units = (int)(to - from);
            fixed (float* x = _x, w = _w, g = _g, bias = _bias, output = y, relu = rectified, weights = dw, below = dx)
            {
                Matrix rows = Matrix.At(x, _batch, _inputs, _inputs + _gaps[0]);
                if (units > 0)
                {
                    Matrix own = Matrix.At(w + (first * (_inputs + _gaps[1])), units, _inputs, _inputs + _gaps[1]);
                    var biases = new Span<float>(bias + first, units);
                    LinearProducts.Forward(rows, own, biases, Matrix.At(output + first, _batch, units, yStride), rectifies: false, width);
                    LinearProducts.Forward(rows, own, biases, Matrix.At(relu + first, _batch, units, yStride), rectifies: true, width);
                    LinearProducts.AddWeightGradient(
                        Matrix.At(g + first, _batch, units, _outputs + _gaps[2]), rows,
                        Matrix.At(weights + (first * (_inputs + _gaps[3])), units, _inputs, _inputs + _gaps[3]), width);
                }

                (long start, long end) = WorkRange.Of(_inputs, part, threads, 1);
                if (end > start)
                {
                    LinearProducts.InputGradient(
                        Matrix.At(g, _batch, _outputs, _outputs + _gaps[2]), Matrix.At(w + start, _outputs, (int)(end - start), _inputs + _gaps[1]),
                        Matrix.At(below + start, _batch, (int)(end - start), _inputs + _gaps[0]), width);
                }
            }
        });
        return [y, rectified, dw, dx];
    }

    /// <summary>Computes the same by the definition: chains of multiply-adds, in order.</summary>
    public float[][] Defined()
    {
        int yStride = _outputs + _gaps[4];
        float[] y = new float[_batch * yStride], rectified = new float[_batch * yStride], dx = new float[_batch * (_inputs + _gaps[0])];
        float[] dw = [.. _start];
        for (int row = 0; row < _batch; row++)
        {
            for (int unit = 0; unit < _outputs; unit++)
            {
                float value = Sum(_inputs, _x.AsSpan(row * (_inputs + _gaps[0])), 1, _w.AsSpan(unit * (_inputs + _gaps[1])), 1, _bias[unit]);
                y[(row * yStride) + unit] = value;
                rectified[(row * yStride) + unit] = value <= 0 ? 0 : value;
            }

            for (int input = 0; input < _inputs; input++)
            {
                dx[(row * (_inputs + _gaps[0])) + input] = Sum(_outputs, _g.AsSpan(row * (_outputs + _gaps[2])), 1, _w.AsSpan(input), _inputs + _gaps[1], 0);
            }
        }

        for (int unit = 0; unit < _outputs; unit++)
        {
            for (int input = 0; input < _inputs; input++)
            {
                int at = (unit * (_inputs + _gaps[3])) + input;
                dw[at] = Sum(_batch, _g.AsSpan(unit), _outputs + _gaps[2], _x.AsSpan(input), _inputs + _gaps[0], dw[at]);
            }
        }

        return [y, rectified, dw, dx];
    }

    /// <summary>Returns the sum of products of two rows or columns.</summary>
    private static float Sum(int length, ReadOnlySpan<float> a, int aStep, ReadOnlySpan<float> b, int bStep, float start)
    {
        float sum = 0;
        for (int first = 0; first < length; first += Chain)
        {
            float chain = first == 0 ? start : 0;
            for (int k = first; k < Math.Min(first + Chain, length); k++)
            {
                chain = MathF.FusedMultiplyAdd(a[k * aStep], b[k * bStep], chain);
            }

            sum = first == 0 ? chain : sum + chain;
        }

        return sum;
    }

    internal static float[] Values(ref RandomStream random, int count, bool special)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            ulong bits = random.NextUInt64();
            values[i] = (special ? bits % 997 : 0) switch
            {
                1 => float.NaN,
                2 => float.PositiveInfinity,
                3 => float.NegativeInfinity,
                4 or 5 => -0f,
                6 or 7 or 8 => float.Epsilon * (bits >> 50),
                9 => float.MaxValue,
                _ => ((bits >> 40) / (float)(1 << 23)) - 1,
            };
        }

        return values;
    }
}
