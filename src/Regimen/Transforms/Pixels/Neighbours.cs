using System.Buffers;
using Regimen.Engine;

namespace Regimen.Transforms;

/// <summary>Operations that compute a pixel from those around it. Equal to torchvision's on uint8 tensors, up to the rounding of sums.</summary>
internal static class Neighbours
{
    /// <summary>Moves each pixel away from, or towards, a smoothed image. The border has no smoothed pixels, and stays as it is.</summary>
    public static void Sharpness(PixelImage image, double factor)
    {
        (int height, int width) = (image.Height, image.Width);
        if (height <= 2 || width <= 2)
        {
            return;
        }

        (float weight, float rest) = ((float)factor, (float)(1 - factor));
        image.Pixels.CopyTo(image.Spare);
        for (int channel = 0; channel < image.Channels; channel++)
        {
            ReadOnlySpan<byte> from = image.Plane(channel);
            Span<byte> to = image.Spare.Slice(channel * image.Area, image.Area);
            for (int y = 1; y < height - 1; y++)
            {
                ReadOnlySpan<byte> above = from.Slice((y - 1) * width, width);
                ReadOnlySpan<byte> row = from.Slice(y * width, width);
                ReadOnlySpan<byte> below = from.Slice((y + 1) * width, width);
                Span<byte> line = to.Slice(y * width, width);
                for (int x = 1; x < width - 1; x++)
                {
                    int sum = above[x - 1] + above[x] + above[x + 1] + row[x - 1] + (5 * row[x]) + row[x + 1] + below[x - 1] + below[x] + below[x + 1];

                    // The weights sum to 13; no quotient lies between two levels exactly.
                    line[x] = Blending.Of(row[x], (sum + 6) / 13, weight, rest);
                }
            }
        }

        image.Swap();
    }

    /// <summary>Smooths with a Gaussian kernel, first along rows, then along columns; the image continues mirrored beyond its border.</summary>
    public static void GaussianBlur(PixelImage image, int kernelHeight, int kernelWidth, double sigma)
    {
        (int height, int width) = (image.Height, image.Width);
        Span<float> across = stackalloc float[kernelWidth];
        Span<float> down = stackalloc float[kernelHeight];
        Kernel(across, sigma);
        Kernel(down, sigma);
        float[] rows = ArrayPool<float>.Shared.Rent(image.Area);
        float[] padded = ArrayPool<float>.Shared.Rent(width + kernelWidth);
        float[] sums = ArrayPool<float>.Shared.Rent(width);
        for (int channel = 0; channel < image.Channels; channel++)
        {
            Span<byte> plane = image.Plane(channel);
            for (int y = 0; y < height; y++)
            {
                BlurRow(plane.Slice(y * width, width), across, padded, rows.AsSpan(y * width, width));
            }

            for (int y = 0; y < height; y++)
            {
                BlurColumns(rows, y, height, down, sums.AsSpan(0, width), plane.Slice(y * width, width));
            }
        }

        ArrayPool<float>.Shared.Return(rows);
        ArrayPool<float>.Shared.Return(padded);
        ArrayPool<float>.Shared.Return(sums);
    }

    private static void BlurRow(ReadOnlySpan<byte> row, ReadOnlySpan<float> kernel, float[] padded, Span<float> output)
    {
        int half = kernel.Length / 2;
        for (int i = -half; i < row.Length + half; i++)
        {
            padded[i + half] = row[Mirrored(i, row.Length)];
        }

        output.Clear();
        for (int k = 0; k < kernel.Length; k++)
        {
            Add(padded.AsSpan(k, output.Length), kernel[k], output);
        }
    }

    private static void BlurColumns(float[] rows, int y, int height, ReadOnlySpan<float> kernel, Span<float> sums, Span<byte> output)
    {
        sums.Clear();
        for (int k = 0; k < kernel.Length; k++)
        {
            Add(rows.AsSpan(Mirrored(y + k - (kernel.Length / 2), height) * sums.Length, sums.Length), kernel[k], sums);
        }

        for (int x = 0; x < sums.Length; x++)
        {
            output[x] = (byte)Math.Clamp(MathF.Round(sums[x]), 0f, 255f);
        }
    }

    private static void Add(ReadOnlySpan<float> values, float weight, Span<float> sums)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += values[i] * weight;
        }
    }

    private static void Kernel(Span<float> weights, double sigma)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double x = (i - ((weights.Length - 1) * 0.5)) / sigma;
            weights[i] = (float)PortableFunctions.Exp(-0.5 * x * x);
            sum += weights[i];
        }

        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (float)(weights[i] / sum);
        }
    }

    private static int Mirrored(int i, int length) => i < 0 ? -i : i >= length ? (2 * (length - 1)) - i : i;
}
