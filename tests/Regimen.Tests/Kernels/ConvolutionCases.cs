using Regimen.Engine;
using Regimen.Kernels;
using Regimen.Reproducibility;

namespace Regimen.Tests.Kernels;

/// <summary>A convolution's three passes on values of all kinds, computed by the kernels and by the definition: a loop over each sum.</summary>
internal sealed class ConvolutionCases
{
    private const int Chain = 256;
    private readonly ConvolutionShape _shape;
    private readonly float[] _x;
    private readonly float[] _w;
    private readonly float[] _bias;
    private readonly float[] _g;
    private readonly float[] _start;

    /// <summary>Creates a case.</summary>
    /// <param name="seed">Decides the values.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="special">Whether NaN, infinity, denormals and −0 are among the values.</param>
    public ConvolutionCases(int seed, ConvolutionShape shape, bool special = false)
    {
        RandomStream random = RandomStream.For((ulong)seed, RandomPurpose.Order);
        _shape = shape;
        _x = ProductCases.Values(ref random, shape.InputPixels * shape.Inputs, special);
        _w = ProductCases.Values(ref random, shape.Weights, special);
        _g = ProductCases.Values(ref random, shape.OutputPixels * shape.Outputs, special);
        _start = ProductCases.Values(ref random, shape.Weights, special);
        _bias = ProductCases.Values(ref random, shape.Outputs, special);
    }

    /// <summary>Adds the results of some cases, with the widest vectors of this process, to a digest.</summary>
    public static void AddTo(ResultDigest digest)
    {
        for (int seed = 1; seed <= 6; seed++)
        {
            digest.Add(Drawn(seed, special: seed % 3 == 0).Computed(null, threads: 1));
        }
    }

    /// <summary>Draws the sizes of a case.</summary>
    public static ConvolutionCases Drawn(int seed, bool special)
    {
        RandomStream random = RandomStream.For((ulong)seed, RandomPurpose.Split);
        int groups = seed % 4 == 0 ? Next(1, 5) : 1;
        bool isDepthwise = seed % 8 == 0;
        int inputs = groups * (isDepthwise ? 1 : Next(1, seed % 3 == 0 ? 70 : 9));
        int outputs = groups * Next(1, seed % 3 == 1 ? 70 : 14);
        (int, int) kernel = (Next(1, 5), Next(1, 5));
        (int, int) stride = seed % 2 == 0 ? (1, 1) : (Next(1, 5), Next(1, 4));
        (int, int) dilation = seed % 5 == 0 ? (Next(1, 4), Next(1, 4)) : (1, 1);
        return new(seed, new(Next(1, 4), (Next(7, 13), Next(7, 15)), inputs, outputs, kernel, stride, (Next(0, 4), Next(0, 3)), dilation, groups), special);

        int Next(int low, int high) => low + random.NextInt32(high - low);
    }

    /// <summary>Computes output, rectified output, weight gradient, input gradient and, for one group, the weight gradient with vectors along outputs.</summary>
    /// <param name="width">The vectors; null for the widest.</param>
    /// <param name="threads">The number of threads that the outputs are divided among.</param>
    public unsafe float[][] Computed(VectorWidth? width, int threads)
    {
        float[] y = new float[_g.Length], rectified = new float[_g.Length], dx = new float[_x.Length], dw = [.. _start];
        float[] forOutput = new float[_w.Length], forInput = new float[_w.Length], sums = new float[_w.Length];
        Array.Fill(dx, float.NaN);
        fixed (float* weights = _w, output = forOutput, input = forInput, start = dw, patches = sums)
        {
            PackedWeights.ForOutput(_shape, weights, output);
            PackedWeights.ForInput(_shape, weights, input);
            PackedWeights.ToPatches(_shape, start, patches, 0, _shape.Outputs);
        }

        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, part =>
        {
            float[] scratch = new float[ConvolutionProducts.Block * _shape.GroupInputs];
            (long first, long end) = WorkRange.Of(_shape.OutputPixels, part, threads, 1);
            bool byColumns = threads % 2 == 0;
            (long firstWeight, long endWeight) = WorkRange.Of(byColumns ? _shape.Depth : _shape.GroupOutputs, part, threads, 1);
            (int, int) own = ((int)firstWeight, (int)(endWeight - firstWeight));
            fixed (float* x = _x, g = _g, bias = _bias, output = y, relu = rectified, matrix = forOutput, weights = forInput, below = dx, to = sums, block = scratch)
            {
                if (end > first)
                {
                    ConvolutionProducts.Forward(_shape, x, matrix, bias, output, (int)first, (int)(end - first), rectifies: false, width);
                    ConvolutionProducts.Forward(_shape, x, matrix, null, relu, (int)first, (int)(end - first), rectifies: true, width);
                }

                for (int group = 0; group < _shape.Groups && endWeight > firstWeight; group++)
                {
                    ConvolutionProducts.AddWeightGradient(
                        _shape, x, g, to, group, byColumns ? (0, _shape.GroupOutputs) : own, byColumns ? own : (0, _shape.Depth), width);
                }

                ConvolutionProducts.InputGradient(_shape, g, weights, below, part, threads, block, width);
            }
        });
        fixed (float* patches = sums, to = dw)
        {
            PackedWeights.FromPatches(_shape, patches, to, 0, _shape.Outputs);
        }

        return [y, rectified, dw, dx, _shape.Groups == 1 ? TransposedWeightGradient(width, threads) : dw];
    }

    /// <summary>Computes the same by the definition.</summary>
    public float[][] Defined()
    {
        float[] y = new float[_g.Length], rectified = new float[_g.Length], dx = new float[_x.Length], dw = [.. _start];
        var products = new List<(float A, float B)>();
        for (int n = 0; n < _shape.Batch; n++)
        {
            for (int at = 0; at < _shape.OutputHeight * _shape.OutputWidth * _shape.Outputs; at++)
            {
                (int row, int column, int o) = (at / _shape.Outputs / _shape.OutputWidth, at / _shape.Outputs % _shape.OutputWidth, at % _shape.Outputs);
                products.Clear();
                foreach ((int ky, int kx) in Taps())
                {
                    for (int c = 0; c < _shape.GroupInputs; c++)
                    {
                        products.Add((Input(n, row, column, ky, kx, c, o), _w[Weight(o, c, ky, kx)]));
                    }
                }

                y[Output(n, row, column, o)] = Sum(products, _bias[o]);
                float value = Sum(products, 0);
                rectified[Output(n, row, column, o)] = value <= 0 ? 0 : value;
            }

            for (int at = 0; at < _shape.Height * _shape.Width * _shape.Inputs; at++)
            {
                (int row, int column, int channel) = (at / _shape.Inputs / _shape.Width, at / _shape.Inputs % _shape.Width, at % _shape.Inputs);
                (int group, int c) = (channel / _shape.GroupInputs, channel % _shape.GroupInputs);
                products.Clear();
                foreach ((int ky, int kx) in Taps().Reverse())
                {
                    int down = row + _shape.PaddingY - (ky * _shape.DilationY);
                    int along = column + _shape.PaddingX - (kx * _shape.DilationX);
                    for (int o = group * _shape.GroupOutputs; o < (group + 1) * _shape.GroupOutputs && down % _shape.StrideY == 0 && along % _shape.StrideX == 0; o++)
                    {
                        (int outputRow, int outputColumn) = (down / _shape.StrideY, along / _shape.StrideX);
                        bool isInside = outputRow >= 0 && outputRow < _shape.OutputHeight && outputColumn >= 0 && outputColumn < _shape.OutputWidth;
                        products.Add((isInside ? _g[Output(n, outputRow, outputColumn, o)] : 0, _w[Weight(o, c, ky, kx)]));
                    }
                }

                dx[(n * _shape.Height * _shape.Width * _shape.Inputs) + at] = Sum(products, 0);
            }
        }

        for (int o = 0; o < _shape.Outputs; o++)
        {
            for (int at = 0; at < _shape.Depth; at++)
            {
                (int ky, int kx, int c) = (at / _shape.GroupInputs / _shape.KernelWidth, at / _shape.GroupInputs % _shape.KernelWidth, at % _shape.GroupInputs);
                products.Clear();
                for (int position = 0; position < _shape.OutputPixels; position++)
                {
                    (int n, int row, int column) = (position / _shape.OutputWidth / _shape.OutputHeight, position / _shape.OutputWidth % _shape.OutputHeight, position % _shape.OutputWidth);
                    products.Add((_g[(position * _shape.Outputs) + o], Input(n, row, column, ky, kx, c, o)));
                }

                int place = Weight(o, c, ky, kx);
                dw[place] = Sum(products, dw[place]);
            }
        }

        return [y, rectified, dw, dx, dw];
    }

    private unsafe float[] TransposedWeightGradient(VectorWidth? width, int threads)
    {
        float[] dw = [.. _start], ordered = new float[dw.Length], transposed = new float[dw.Length];
        fixed (float* x = _x, g = _g, start = dw, patches = ordered, to = transposed)
        {
            PackedWeights.ToPatches(_shape, start, patches, 0, _shape.Outputs);
            Transposition.Copy(patches, _shape.Depth, _shape.Outputs, _shape.Depth, to, _shape.Outputs);
            for (int part = 0; part < threads; part++)
            {
                (long first, long end) = WorkRange.Of(_shape.Outputs, part, threads, 1);
                if (end > first)
                {
                    ConvolutionProducts.AddTransposedWeightGradient(_shape, x, g, to, (int)first, (int)(end - first), width);
                }
            }

            Transposition.Copy(to, _shape.Outputs, _shape.Depth, _shape.Outputs, patches, _shape.Depth);
            PackedWeights.FromPatches(_shape, patches, start, 0, _shape.Outputs);
        }

        return dw;
    }

    private IEnumerable<(int Y, int X)> Taps() => Enumerable.Range(0, _shape.Taps).Select(t => (t / _shape.KernelWidth, t % _shape.KernelWidth));

    private int Output(int n, int row, int column, int output) => (((((n * _shape.OutputHeight) + row) * _shape.OutputWidth) + column) * _shape.Outputs) + output;

    private int Weight(int output, int input, int ky, int kx) => (((((output * _shape.GroupInputs) + input) * _shape.KernelHeight) + ky) * _shape.KernelWidth) + kx;

    private float Input(int n, int row, int column, int ky, int kx, int channel, int output)
    {
        int y = (row * _shape.StrideY) + (ky * _shape.DilationY) - _shape.PaddingY;
        int x = (column * _shape.StrideX) + (kx * _shape.DilationX) - _shape.PaddingX;
        int c = (output / _shape.GroupOutputs * _shape.GroupInputs) + channel;
        return y < 0 || y >= _shape.Height || x < 0 || x >= _shape.Width ? 0 : _x[(((((n * _shape.Height) + y) * _shape.Width) + x) * _shape.Inputs) + c];
    }

    private static float Sum(List<(float A, float B)> products, float start)
    {
        float sum = 0;
        for (int first = 0; first < Math.Max(1, products.Count); first += Chain)
        {
            float chain = first == 0 ? start : 0;
            for (int k = first; k < Math.Min(first + Chain, products.Count); k++)
            {
                chain = MathF.FusedMultiplyAdd(products[k].A, products[k].B, chain);
            }

            sum = first == 0 ? chain : sum + chain;
        }

        return sum;
    }
}
