using Regimen.Engine;
using Regimen.Kernels;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The passes of a convolution (<see cref="ConvolutionProducts"/>), divided among the threads. No result depends on their number.</summary>
internal static unsafe class ConvolutionKernel
{
    // The minimum of multiply-adds of a part, about 5 µs; for less a further thread does not pay.
    private const long SmallestPart = 250_000;

    // Parts of a weight's gradient start at multiples of a tile, or of a vector where the vectors lie along the outputs.
    private const int Granule = 32;
    private const int OutputGranule = 16;

    /// <summary>Writes the output.</summary>
    public static void Forward(ConvolutionShape shape, float* x, float* weights, float* bias, float* y, bool rectifies)
    {
        using Tensor packed = empty(shape.Weights);
        float* matrix = TensorMemory.Pointer<float>(packed);
        PackedWeights.ForOutput(shape, weights, matrix);
        int blocks = BlocksOf(shape.OutputPixels);
        ShareBlocks(PartsOf(shape, blocks), blocks, (_, block) =>
        {
            (long first, long end) = WorkRange.Of(shape.OutputPixels, block, blocks, shape.OutputWidth);
            ConvolutionProducts.Forward(shape, x, matrix, bias, y, (int)first, (int)(end - first), rectifies);
        });
    }

    /// <summary>Adds to the weight's gradient.</summary>
    public static void AddWeightGradient(ConvolutionShape shape, float* x, float* gradient, float* weightGradient)
    {
        if (ConvolutionProducts.IsTransposedFaster(shape))
        {
            AddTransposedWeightGradient(shape, x, gradient, weightGradient);
            return;
        }

        // With one position or one channel, both orders of the weights are the same.
        bool isInPlace = shape.Taps == 1 || shape.GroupInputs == 1;
        using Tensor? sums = isInPlace ? null : empty(shape.Weights);
        float* to = sums is null ? weightGradient : TensorMemory.Pointer<float>(sums);
        int wanted = PartsOf(shape, shape.Weights);
        if (!isInPlace)
        {
            PackedWeights.ToPatches(shape, weightGradient, to, 0, shape.Outputs);
        }

        if (shape.Groups >= wanted && shape.Groups > 1)
        {
            Threads.Share(wanted, part =>
            {
                (long first, long end) = WorkRange.Of(shape.Groups, part, wanted, 1);
                for (int group = (int)first; group < end; group++)
                {
                    ConvolutionProducts.AddWeightGradient(shape, x, gradient, to, group, (0, shape.GroupOutputs), (0, shape.Depth));
                }
            });
        }
        else
        {
            bool byColumns = shape.Depth >= Granule * wanted;
            int length = byColumns ? shape.Depth : shape.GroupOutputs;
            int granule = byColumns ? Granule : 1;
            int parts = Math.Clamp(length / granule, 1, wanted);
            Threads.Share(parts, part =>
            {
                (long first, long end) = WorkRange.Of(length, part, parts, granule);
                (int, int) own = ((int)first, (int)(end - first));
                for (int group = 0; group < shape.Groups; group++)
                {
                    ConvolutionProducts.AddWeightGradient(
                        shape, x, gradient, to, group, byColumns ? (0, shape.GroupOutputs) : own, byColumns ? own : (0, shape.Depth));
                }
            });
        }

        if (!isInPlace)
        {
            PackedWeights.FromPatches(shape, to, weightGradient, 0, shape.Outputs);
        }
    }

    private static void AddTransposedWeightGradient(ConvolutionShape shape, float* x, float* gradient, float* weightGradient)
    {
        using Tensor sums = empty(shape.Weights);
        using Tensor transposed = empty(shape.Weights);
        float* ordered = TensorMemory.Pointer<float>(sums);
        float* to = TensorMemory.Pointer<float>(transposed);
        PackedWeights.ToPatches(shape, weightGradient, ordered, 0, shape.Outputs);
        Transposition.Copy(ordered, shape.Depth, shape.Outputs, shape.Depth, to, shape.Outputs);
        int parts = PartsOf(shape, Math.Max(1, shape.Outputs / OutputGranule));
        Threads.Share(parts, part =>
        {
            (long first, long end) = WorkRange.Of(shape.Outputs, part, parts, OutputGranule);
            ConvolutionProducts.AddTransposedWeightGradient(shape, x, gradient, to, (int)first, (int)(end - first));
        });
        Transposition.Copy(to, shape.Outputs, shape.Depth, shape.Outputs, ordered, shape.Depth);
        PackedWeights.FromPatches(shape, ordered, weightGradient, 0, shape.Outputs);
    }

    /// <summary>Writes the input's gradient; with a bias, the output of a transposed convolution.</summary>
    public static void InputGradient(ConvolutionShape shape, float* gradient, float* weights, float* inputGradient, float* bias = null)
    {
        using Tensor packed = empty(shape.Weights);
        float* matrix = TensorMemory.Pointer<float>(packed);
        PackedWeights.ForInput(shape, weights, matrix);
        int blocks = BlocksOf(shape.InputPixels);
        int parts = PartsOf(shape, blocks);
        using Tensor scratch = empty(parts, ConvolutionProducts.Block * shape.GroupInputs);
        float* memory = TensorMemory.Pointer<float>(scratch);
        ShareBlocks(parts, blocks, (part, block) => ConvolutionProducts.InputGradient(
            shape, gradient, matrix, inputGradient, block, blocks, memory + ((nint)part * ConvolutionProducts.Block * shape.GroupInputs), bias: bias));
    }

    /// <summary>Adds to the bias's gradient.</summary>
    public static void AddBiasGradient(float* gradient, int pixels, int channels, float* biasGradient)
    {
        double[] sums = ChannelKernel.Sums(gradient, pixels, channels);
        for (int channel = 0; channel < sums.Length; channel++)
        {
            biasGradient[channel] += (float)sums[channel];
        }
    }

    /// <summary>Runs blocks of work on several threads, each of which takes the next one when it is done: a thread that has no core for a while does not
    /// keep the others waiting.</summary>
    public static void ShareBlocks(int parts, int blocks, Action<int, int> work)
    {
        int next = -1;
        Threads.Share(parts, part =>
        {
            for (int block = Interlocked.Increment(ref next); block < blocks; block = Interlocked.Increment(ref next))
            {
                work(part, block);
            }
        });
    }

    private static int BlocksOf(int pixels) => ((pixels - 1) / ConvolutionProducts.Block) + 1;

    /// <summary>Returns the number of parts that the work is worth.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="length">The most parts.</param>
    public static int PartsOf(in ConvolutionShape shape, int length) => (int)Math.Clamp(Math.Min(shape.MultiplyAdds / SmallestPart, length), 1, Threads.Parts);
}
