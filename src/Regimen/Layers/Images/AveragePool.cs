using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Averages of windows beside each other. With <see cref="Bits.Portable"/> each row of a window is summed in order, then the sums of the rows in
/// order, and the sum is divided by the number of values.</summary>
internal static class AveragePool
{
    /// <summary>Returns the averages of windows of <paramref name="side"/> × <paramref name="side"/> values, as <c>avg_pool2d</c> does.</summary>
    public static Tensor Windows(Tensor images, int side)
        => Arithmetic.IsPortable && ImageOperation.CanRun(images) && Math.Min(images.size(2), images.size(3)) >= side
            ? FusedFunction.Run(new Operation(side, side), images)
            : nn.functional.avg_pool2d(images, side);

    /// <summary>Returns the averages of whole images <c>[batch, channels, 1, 1]</c>, as <c>adaptive_avg_pool2d</c> does.</summary>
    public static Tensor Whole(Tensor images)
        => Arithmetic.IsPortable && ImageOperation.CanRun(images)
            ? FusedFunction.Run(new Operation((int)images.size(2), (int)images.size(3)), images)
            : nn.functional.adaptive_avg_pool2d(images, 1);

    private sealed unsafe class Operation(int height, int width) : ImageOperation
    {
        public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
        {
            Tensor images = inputs[0];
            Tensor output = ImageLayout.Empty(images.size(0), images.size(1), images.size(2) / height, images.size(3) / width);
            float* x = ImageLayout.Pointer(images);
            float* y = ImageLayout.Pointer(output);
            ForEachWindow(images, output, (from, row, channels, to) => Average(x + from, row, channels, y + to));
            GC.KeepAlive(images);
            return (output, null);
        }

        public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted)
        {
            if (!wanted[0])
            {
                return [null];
            }

            Tensor images = inputs[0];
            Tensor result = ImageLayout.Empty(images.size(0), images.size(1), images.size(2), images.size(3));
            if (images.size(2) % height != 0 || images.size(3) % width != 0)
            {
                // Values that are in no window have no gradient.
                result.zero_();
            }

            float* to = ImageLayout.Pointer(result);
            float* g = ImageLayout.Pointer(gradient);
            ForEachWindow(images, gradient, (at, row, channels, from) => Spread(g + from, row, channels, to + at));
            GC.KeepAlive(gradient);
            return [result];
        }

        public override Tensor Reference(Tensor[] inputs) => nn.functional.avg_pool2d(inputs[0], [height, width]);

        /// <summary>Calls a function with the place of each window, the distance between its rows, the number of channels, and the place of its
        /// average.</summary>
        private void ForEachWindow(Tensor images, Tensor averages, Action<nint, nint, int, nint> work)
        {
            nint channels = (nint)images.size(1);
            (nint imageRows, nint imageColumns) = ((nint)images.size(2), (nint)images.size(3));
            (nint rows, nint columns) = ((nint)averages.size(2), (nint)averages.size(3));
            ChannelKernel.Share(averages.numel() / channels, (int)channels * height * width, (first, end) =>
            {
                for (nint window = (nint)first; window < end; window++)
                {
                    nint pixelRow = (window / columns / rows * imageRows) + (window / columns % rows * height);
                    work(((pixelRow * imageColumns) + (window % columns * width)) * channels, imageColumns * channels, (int)channels, window * channels);
                }
            });
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Average(float* x, nint row, int channels, float* y)
        {
            float count = (float)height * width;
            int at = 0;
            for (; at + Vector256<float>.Count <= channels; at += Vector256<float>.Count)
            {
                Vector256<float> sum = Vector256<float>.Zero;
                for (int down = 0; down < height; down++)
                {
                    float* from = x + (down * row) + at;
                    Vector256<float> line = Vector256<float>.Zero;
                    for (int along = 0; along < width; along++, from += channels)
                    {
                        line += Vector256.Load(from);
                    }

                    sum += line;
                }

                (sum / Vector256.Create(count)).Store(y + at);
            }

            for (; at < channels; at++)
            {
                float sum = 0;
                for (int down = 0; down < height; down++)
                {
                    float line = 0;
                    for (int along = 0; along < width; along++)
                    {
                        line += x[(down * row) + ((nint)along * channels) + at];
                    }

                    sum += line;
                }

                y[at] = sum / count;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Spread(float* g, nint row, int channels, float* to)
        {
            float count = (float)height * width;
            for (int channel = 0; channel < channels; channel++)
            {
                to[channel] = g[channel] / count;
            }

            var first = new ReadOnlySpan<float>(to, channels);
            for (int down = 0; down < height; down++)
            {
                for (int along = 0; along < width; along++)
                {
                    if (down + along > 0)
                    {
                        first.CopyTo(new Span<float>(to + (down * row) + ((nint)along * channels), channels));
                    }
                }
            }
        }
    }
}
