namespace Regimen.Imaging;

/// <summary>Rotates and flips decoded images according to their orientation (EXIF 2.32, tag 0x0112): 1 as stored, 2 flipped horizontally,
/// 3 rotated by 180°, 4 flipped vertically, 5 transposed, 6 rotated right, 7 transposed over the other diagonal, 8 rotated left.</summary>
internal static class ImageOrientation
{
    /// <summary>The orientation of an image that is displayed as stored.</summary>
    public const int AsStored = 1;

    /// <summary>Whether height and width are swapped.</summary>
    public static bool Transposes(int orientation) => orientation is >= 5 and <= 8;

    /// <summary>Applies the orientation to an image.</summary>
    /// <param name="planes">The image as stored, <c>[channels, height, width]</c>.</param>
    /// <param name="height">The stored height.</param>
    /// <param name="width">The stored width.</param>
    /// <param name="orientation">The orientation, from 1 to 8.</param>
    /// <param name="output">The output: <c>[channels, width, height]</c> if height and width are swapped, else <c>[channels, height,
    /// width]</c>.</param>
    public static void Apply(ReadOnlySpan<byte> planes, int height, int width, int orientation, Span<byte> output)
    {
        (int rows, int columns) = Transposes(orientation) ? (width, height) : (height, width);
        int area = height * width;
        for (int start = 0; start < planes.Length; start += area)
        {
            ReadOnlySpan<byte> from = planes.Slice(start, area);
            Span<byte> to = output.Slice(start, area);
            for (int y = 0; y < rows; y++)
            {
                for (int x = 0; x < columns; x++)
                {
                    to[(y * columns) + x] = from[Source(orientation, y, x, height, width)];
                }
            }
        }
    }

    private static int Source(int orientation, int y, int x, int height, int width) => orientation switch
    {
        2 => (y * width) + width - 1 - x,
        3 => ((height - 1 - y) * width) + width - 1 - x,
        4 => ((height - 1 - y) * width) + x,
        5 => (x * width) + y,
        6 => ((height - 1 - x) * width) + y,
        7 => ((height - 1 - x) * width) + width - 1 - y,
        8 => (x * width) + width - 1 - y,
        _ => (y * width) + x,
    };
}
