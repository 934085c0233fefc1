using Regimen.Engine;
using Regimen.Kernels;
using Regimen.Reproducibility;

namespace Regimen.Tests.Kernels;

/// <summary>A transposed convolution's three passes on values of all kinds, computed by the kernels and by the definition: a loop over each sum.</summary>
internal sealed class TransposedCases
{
    private const int Chain = 256;
    private readonly (int Batch, int Height, int Width, int Inputs, int Outputs, int Groups) _sizes;
    private readonly (int Y, int X) _kernel;
    private readonly (int Y, int X) _stride;
    private readonly (int Y, int X) _padding;
    private readonly (int Y, int X) _dilation;

    /// <summary>Draws a case: sizes that are not multiples of anything, strides from 1 to 3.</summary>
    /// <param name="seed">Decides the sizes and the values.</param>
    /// <param name="special">Whether NaN, infinity, denormals and −0 are among the values.</param>
    public TransposedCases(int seed, bool special = false)
    {
        RandomStream random = RandomStream.For((ulong)seed, RandomPurpose.Split);
        int groups = seed % 4 == 0 ? Next(2, 4) : 1;
        _kernel = (Next(1, 5), Next(1, 5));
        _stride = seed % 5 == 0 ? (1, 1) : (Next(1, 4), Next(1, 4));
        _dilation = seed % 6 == 0 ? (Next(1, 3), Next(1, 4)) : (1, 1);
        _padding = (Next(0, 3), Next(0, 3));
        OutputPadding = (Next(0, _stride.Y), Next(0, _stride.X));
        _sizes = (Next(1, 4), Next(5, 12), Next(5, 11), groups * Next(1, seed % 3 == 0 ? 70 : 12), groups * Next(1, seed % 3 == 1 ? 70 : 14), groups);
        Shape = new(_sizes.Batch, (Size(_sizes.Height, _kernel.Y, _stride.Y, _padding.Y, _dilation.Y, OutputPadding.Y), Size(_sizes.Width, _kernel.X, _stride.X, _padding.X, _dilation.X, OutputPadding.X)),
            _sizes.Outputs, _sizes.Inputs, _kernel, _stride, _padding, _dilation, groups);
        random = RandomStream.For((ulong)seed, RandomPurpose.Order);
        X = ProductCases.Values(ref random, _sizes.Batch * _sizes.Height * _sizes.Width * _sizes.Inputs, special);
        Weights = ProductCases.Values(ref random, _sizes.Inputs * _sizes.Outputs / groups * _kernel.Y * _kernel.X, special);
        Gradient = ProductCases.Values(ref random, Shape.InputPixels * _sizes.Outputs, special);
        Start = ProductCases.Values(ref random, Weights.Length, special);
        Bias = ProductCases.Values(ref random, _sizes.Outputs, special);

        int Next(int low, int high) => low + random.NextInt32(high - low);

        static int Size(int size, int kernel, int stride, int padding, int dilation, int surplus) => ((size - 1) * stride) - (2 * padding) + (dilation * (kernel - 1)) + surplus + 1;
    }

    /// <summary>The convolution from the output to the input.</summary>
    public ConvolutionShape Shape { get; }

    /// <summary>The rows and columns that the output has more.</summary>
    public (int Y, int X) OutputPadding { get; }

    /// <summary>The images, <c>[batch, height, width, channels]</c>.</summary>
    public float[] X { get; }

    /// <summary>The weights, <c>[input, output of a group, kernel row, kernel column]</c>.</summary>
    public float[] Weights { get; }

    /// <summary>The bias.</summary>
    public float[] Bias { get; }

    /// <summary>The gradient of the output.</summary>
    public float[] Gradient { get; }

    /// <summary>What the weights' gradient is added to.</summary>
    public float[] Start { get; }

    /// <summary>Adds the results of some cases, with the widest vectors of this process, to a digest.</summary>
    public static void AddTo(ResultDigest digest)
    {
        for (int seed = 1; seed <= 4; seed++)
        {
            digest.Add(new TransposedCases(seed, special: seed % 3 == 0).Computed(null, threads: 1));
        }
    }

    /// <summary>Computes output, weight gradient and input gradient with the kernels.</summary>
    /// <param name="width">The vectors; null for the widest.</param>
    /// <param name="threads">The number of threads that the outputs are divided among.</param>
    public unsafe float[][] Computed(VectorWidth? width, int threads)
    {
        float[] y = new float[Gradient.Length], dx = new float[X.Length], dw = [.. Start];
        float[] forOutput = new float[Weights.Length], forInput = new float[Weights.Length], sums = new float[Weights.Length];
        Array.Fill(y, float.NaN);
        fixed (float* weights = Weights, output = forOutput, input = forInput, start = dw, patches = sums)
        {
            PackedWeights.ForOutput(Shape, weights, output);
            PackedWeights.ForInput(Shape, weights, input);
            PackedWeights.ToPatches(Shape, start, patches, 0, Shape.Outputs);
        }

        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, part =>
        {
            float[] scratch = new float[ConvolutionProducts.Block * Shape.GroupInputs];
            (long first, long end) = WorkRange.Of(Shape.OutputPixels, part, threads, 1);
            (long firstWeight, long endWeight) = WorkRange.Of(Shape.Depth, part, threads, 1);
            fixed (float* x = X, g = Gradient, bias = Bias, output = y, matrix = forOutput, weights = forInput, below = dx, to = sums, block = scratch)
            {
                ConvolutionProducts.InputGradient(Shape, x, weights, output, part, threads, block, width, bias);
                if (end > first)
                {
                    ConvolutionProducts.Forward(Shape, g, matrix, null, below, (int)first, (int)(end - first), rectifies: false, width);
                }

                for (int group = 0; group < Shape.Groups && endWeight > firstWeight; group++)
                {
                    ConvolutionProducts.AddWeightGradient(Shape, g, x, to, group, (0, Shape.GroupOutputs), ((int)firstWeight, (int)(endWeight - firstWeight)), width);
                }
            }
        });
        fixed (float* patches = sums, to = dw)
        {
            PackedWeights.FromPatches(Shape, patches, to, 0, Shape.Outputs);
        }

        return [y, dw, dx];
    }

    /// <summary>Computes the same by the definition.</summary>
    public float[][] Defined()
    {
        float[] y = new float[Gradient.Length], dx = new float[X.Length], dw = [.. Start];
        (int batch, int height, int width, int inputs, int outputs, int groups) = _sizes;
        (int ofInputs, int ofOutputs) = (inputs / groups, outputs / groups);
        (int yHeight, int yWidth) = (Shape.Height, Shape.Width);
        var products = new List<(float A, float B)>();
        (int Y, int X)[] taps = [.. from ky in Enumerable.Range(0, _kernel.Y) from kx in Enumerable.Range(0, _kernel.X) select (ky, kx)];
        for (int at = 0; at < y.Length; at++)
        {
            (int n, int row, int column, int o) = (at / outputs / yWidth / yHeight, at / outputs / yWidth % yHeight, at / outputs % yWidth, at % outputs);
            products.Clear();
            foreach ((int ky, int kx) in taps.Reverse())
            {
                (int down, int along) = (row + _padding.Y - (ky * _dilation.Y), column + _padding.X - (kx * _dilation.X));
                for (int c = o / ofOutputs * ofInputs; c < ((o / ofOutputs) + 1) * ofInputs && down % _stride.Y == 0 && along % _stride.X == 0; c++)
                {
                    (int py, int px) = (down / _stride.Y, along / _stride.X);
                    bool isInside = py >= 0 && py < height && px >= 0 && px < width;
                    products.Add((isInside ? X[(((((n * height) + py) * width) + px) * inputs) + c] : 0, Weights[Weight(c, o % ofOutputs, ky, kx)]));
                }
            }

            y[at] = Sum(products, Bias[o]);
        }

        for (int at = 0; at < dx.Length; at++)
        {
            (int n, int row, int column, int c) = (at / inputs / width / height, at / inputs / width % height, at / inputs % width, at % inputs);
            products.Clear();
            foreach ((int ky, int kx) in taps)
            {
                for (int o = 0; o < ofOutputs; o++)
                {
                    products.Add((Above(n, row, column, ky, kx, (c / ofInputs * ofOutputs) + o), Weights[Weight(c, o, ky, kx)]));
                }
            }

            dx[at] = Sum(products, 0);
        }

        for (int c = 0; c < inputs; c++)
        {
            for (int at = 0; at < ofOutputs * taps.Length; at++)
            {
                (int o, (int ky, int kx)) = (at / taps.Length, taps[at % taps.Length]);
                products.Clear();
                for (int position = 0; position < batch * height * width; position++)
                {
                    (int n, int row, int column) = (position / width / height, position / width % height, position % width);
                    products.Add((X[(position * inputs) + c], Above(n, row, column, ky, kx, (c / ofInputs * ofOutputs) + o)));
                }

                int place = Weight(c, o, ky, kx);
                dw[place] = Sum(products, dw[place]);
            }
        }

        return [y, dw, dx];

        int Weight(int c, int o, int ky, int kx) => (((((c * ofOutputs) + o) * _kernel.Y) + ky) * _kernel.X) + kx;

        float Above(int n, int row, int column, int ky, int kx, int o)
        {
            (int py, int px) = ((row * _stride.Y) - _padding.Y + (ky * _dilation.Y), (column * _stride.X) - _padding.X + (kx * _dilation.X));
            return py < 0 || py >= yHeight || px < 0 || px >= yWidth ? 0 : Gradient[(((((n * yHeight) + py) * yWidth) + px) * outputs) + o];
        }
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
