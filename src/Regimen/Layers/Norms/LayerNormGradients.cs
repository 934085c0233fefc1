using Regimen.Engine;
using Regimen.Kernels;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The gradients of a layer norm with the same bits for any number of threads: threads take rows of the input's gradient, and columns of the
/// parameters'.</summary>
internal static unsafe class LayerNormGradients
{
    private const long SmallestPart = 16_384;
    private const int Granule = 16;

    /// <summary>Returns the gradients of input, weight and bias.</summary>
    /// <param name="inputs">Input, weight and bias, contiguous.</param>
    /// <param name="kept">The mean and the scale of each row.</param>
    /// <param name="gradient">The gradient of the output, contiguous.</param>
    /// <param name="width">The number of values in a row.</param>
    public static Tensor[] Of(Tensor[] inputs, Tensor kept, Tensor gradient, int width)
    {
        long rows = inputs[0].numel() / width;
        Tensor ofInput = empty_like(inputs[0]);
        Tensor ofWeight = empty(width);
        Tensor ofBias = empty(width);
        float* x = TensorMemory.Pointer<float>(inputs[0]);
        float* w = TensorMemory.Pointer<float>(inputs[1]);
        float* moments = TensorMemory.Pointer<float>(kept);
        float* above = TensorMemory.Pointer<float>(gradient);
        float* to = TensorMemory.Pointer<float>(ofInput);
        float* toWeight = TensorMemory.Pointer<float>(ofWeight);
        float* toBias = TensorMemory.Pointer<float>(ofBias);
        int parts = (int)Math.Clamp(rows * width / SmallestPart, 1, Threads.Parts);
        Threads.Share(parts, part =>
        {
            (long start, long end) = WorkRange.Of(rows, part, parts, 1);
            for (long row = start; row < end; row++)
            {
                LayerNormRows.InputGradient(x + (row * width), w, above + (row * width), moments + (2 * row), to + (row * width), width);
            }

            (start, end) = WorkRange.Of(width, part, parts, Granule);
            LayerNormRows.ParameterGradients(x, above, moments, rows, width, (int)start, (int)end, toWeight, toBias);
        });
        GC.KeepAlive(inputs);
        GC.KeepAlive(kept);
        GC.KeepAlive(gradient);
        return [ofInput, ofWeight, ofBias];
    }
}
