using Regimen.Engine;
using Regimen.Kernels;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>A convolution whose output is pooled at once, in pieces that stay in the caches: the output before the pooling, several times as large, is not kept. Images are
/// divided among the threads.</summary>
/// <param name="shape">The convolution.</param>
/// <param name="side">The side of the windows, at most the height and the width of the convolution's output.</param>
internal readonly unsafe struct PooledConvolution(ConvolutionShape shape, int side)
{
    private const int Block = ConvolutionProducts.Block;

    /// <summary>The height of the pooled images.</summary>
    public int Height => shape.OutputHeight / side;

    /// <summary>The width of the pooled images.</summary>
    public int Width => shape.OutputWidth / side;

    private int BandRows => Math.Clamp(Block / (shape.OutputWidth * side), 1, Height);

    private int Bands => ((Height - 1) / BandRows) + 1;

    /// <summary>Writes the pooled output.</summary>
    /// <param name="x">The images.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="bias">The bias; null for none.</param>
    /// <param name="y">The output <c>[batch, channels, height, width]</c>.</param>
    /// <param name="places">The place of each value in its window, <c>[batch, height, width, channels]</c>; null if it is not needed.</param>
    /// <param name="rectifies">Whether a ReLU follows.</param>
    public void Forward(float* x, float* weights, float* bias, float* y, byte* places, bool rectifies)
    {
        using Tensor packed = empty(shape.Weights);
        float* matrix = TensorMemory.Pointer<float>(packed);
        PackedWeights.ForOutput(shape, weights, matrix);
        PooledConvolution self = this;
        InBands((image, first, rows, scratch) => self.ForwardBand(x, matrix, bias, y, places, rectifies, image, first, rows, scratch));
    }

    /// <summary>Writes the gradient of the convolution's output.</summary>
    /// <param name="gradient">The pooled output's gradient <c>[batch, channels, height, width]</c>.</param>
    /// <param name="places">The place of each value in its window.</param>
    /// <param name="to">The gradient <c>[batch, height, width, channels]</c>.</param>
    public void Backward(float* gradient, byte* places, float* to)
    {
        PooledConvolution self = this;
        InBands((image, first, rows, scratch) => self.BackwardBand(gradient, places, to, image, first, rows, scratch));
    }

    private void ForwardBand(float* x, float* matrix, float* bias, float* y, byte* places, bool rectifies, int image, int first, int rows, float* scratch)
    {
        int channels = shape.Outputs;
        int position = ((image * shape.OutputHeight) + (first * side)) * shape.OutputWidth;
        int positions = rows * side * shape.OutputWidth;
        ConvolutionProducts.Forward(shape, x, matrix, bias, scratch - ((nint)position * channels), position, positions, rectifies: false);
        float* pooled = scratch + ((nint)positions * channels);
        nint row = (nint)shape.OutputWidth * channels;
        nint own = ((nint)image * Height) + first;
        for (int i = 0; i < rows; i++)
        {
            byte* to = places is null ? null : places + ((own + i) * Width * channels);
            MaxWindows.Forward(scratch + (i * side * row), row, Width, channels, side, rectifies, pooled + ((nint)i * Width * channels), to);
        }

        nint plane = (nint)Height * Width;
        Transposition.Copy(pooled, channels, rows * Width, channels, y + (image * plane * channels) + ((nint)first * Width), plane);
    }

    private void BackwardBand(float* gradient, byte* places, float* to, int image, int first, int rows, float* scratch)
    {
        int channels = shape.Outputs;
        nint plane = (nint)Height * Width;
        Transposition.Copy(gradient + (image * plane * channels) + ((nint)first * Width), plane, channels, rows * Width, scratch, channels);
        nint row = (nint)shape.OutputWidth * channels;
        to += ((nint)image * shape.OutputHeight) * row;
        bool isLast = first + rows == Height;
        for (int i = 0; i < rows; i++)
        {
            nint own = ((((nint)image * Height) + first + i) * Width) * channels;
            float* next = to + ((first + i) * side * row);
            MaxWindows.Backward(scratch + ((nint)i * Width * channels), places + own, Width, channels, side, next, row);
            ClearBeside(next, row);
        }

        // Pixels that are in no window.
        for (int left = isLast ? Height * side : shape.OutputHeight; left < shape.OutputHeight; left++)
        {
            new Span<float>(to + (left * row), (int)row).Clear();
        }
    }

    private void ClearBeside(float* windows, nint row)
    {
        int own = Width * side * shape.Outputs;
        for (int down = 0; own < row && down < side; down++)
        {
            new Span<float>(windows + (down * row) + own, (int)row - own).Clear();
        }
    }

    /// <summary>Calls a function for bands of rows of windows: with the image, the first row, the number of rows, and memory for a band before and after the pooling.</summary>
    private void InBands(Band work)
    {
        int units = shape.Batch * Bands;
        (int bands, int bandRows, int height) = (Bands, BandRows, Height);
        int parts = ConvolutionKernel.PartsOf(shape, units);
        long length = (long)bandRows * ((side * shape.OutputWidth) + Width) * shape.Outputs;
        using Tensor scratch = empty(parts, length);
        float* memory = TensorMemory.Pointer<float>(scratch);
        ConvolutionKernel.ShareBlocks(parts, units, (part, unit) =>
        {
            int first = unit % bands * bandRows;
            work(unit / bands, first, Math.Min(bandRows, height - first), memory + (part * length));
        });
    }

    private delegate void Band(int image, int first, int rows, float* scratch);
}
