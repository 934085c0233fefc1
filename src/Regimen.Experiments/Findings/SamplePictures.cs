using Regimen.Data;
using Regimen.Reports;

namespace Regimen.Findings;

/// <summary>Draws samples that are images, scaled down to a thumbnail by averaging.</summary>
internal static class SamplePictures
{
    /// <summary>The greatest side of a picture, in pixels: a page of pictures stays small.</summary>
    public const int Side = 96;

    /// <summary>Whether a field is an image: channels, height, width.</summary>
    public static bool IsImage(Field field) => field is { Shape.Rank: 3, IsVariable: false, IsTarget: false } && field.Type != ElementType.Int64;

    /// <summary>Draws images. Values from 0 to 1 are drawn unscaled; if there are others, the range of all images is scaled to black and white. With
    /// other than three channels, the first is drawn in grey.</summary>
    /// <param name="images">The values of each image, <c>[channels, height, width]</c>, scaled down by <see cref="Shrink"/>.</param>
    public static IReadOnlyList<FoundPicture> Draw(IReadOnlyList<Thumbnail> images)
    {
        float[] finite = [.. images.SelectMany(i => i.Values).Where(float.IsFinite)];
        (float least, float most) = finite.Length > 0 ? (finite.Min(), finite.Max()) : (0, 1);
        (float black, float white) = least >= 0 && most <= 1 ? (0, 1) : (least, Math.Max(most, MathF.BitIncrement(least)));
        return [.. images.Select(i => Draw(i, black, white))];
    }

    /// <summary>Scales an image down by a whole factor, so that no side is greater than <see cref="Side"/>.</summary>
    public static Thumbnail Shrink(ReadOnlySpan<float> values, SampleShape shape)
    {
        (int channels, int height, int width) = (shape.Dimensions[0] == 3 ? 3 : 1, shape.Dimensions[1], shape.Dimensions[2]);
        int factor = (Math.Max(height, width) + Side - 1) / Side;
        (int rows, int columns) = ((height + factor - 1) / factor, (width + factor - 1) / factor);
        var small = new float[channels * rows * columns];
        for (int i = 0; i < small.Length; i++)
        {
            (int channel, int row, int column) = (i / (rows * columns), i / columns % rows, i % columns);
            double sum = 0;
            int count = 0;
            for (int y = row * factor; y < Math.Min(height, (row + 1) * factor); y++)
            {
                for (int x = column * factor; x < Math.Min(width, (column + 1) * factor); x++)
                {
                    sum += values[(((channel * height) + y) * width) + x];
                    count++;
                }
            }

            small[i] = (float)(sum / count);
        }

        return new(small, channels, rows, columns);
    }

    private static FoundPicture Draw(Thumbnail image, float black, float white)
    {
        int area = image.Rows * image.Columns;
        var pixels = new byte[image.Values.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            float part = (image.Values[((i % image.Channels) * area) + (i / image.Channels)] - black) / (white - black);
            pixels[i] = float.IsFinite(part) ? (byte)Math.Clamp(MathF.Round(part * 255), 0, 255) : byte.MinValue;
        }

        return new(image.Columns, image.Rows, Convert.ToBase64String(PngFile.Write(image.Columns, image.Rows, image.Channels, pixels)));
    }
}

/// <summary>An image that was scaled down: <c>[channels, rows, columns]</c>.</summary>
internal sealed record Thumbnail(float[] Values, int Channels, int Rows, int Columns);
