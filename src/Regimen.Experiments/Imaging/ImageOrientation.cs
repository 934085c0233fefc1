namespace Regimen.Imaging;

/// <summary>Turns and mirrors decoded images as their orientation says (EXIF 2.32, tag 0x0112): 1 as stored, 2 mirrored, 3 turned by 180°,
/// 4 mirrored and turned by 180°, 5 transposed, 6 turned right, 7 transposed over the other diagonal, 8 turned left.</summary>
internal static class ImageOrientation
{
    /// <summary>The orientation of an image that is to be seen as it is stored.</summary>
    public const int AsStored = 1;

    /// <summary>Whether height and width change places.</summary>
    public static bool Transposes(int orientation) => orientation is >= 5 and <= 8;

    /// <summary>Gives the image as it is to be seen.</summary>
    /// <param name="planes"><c>[channels, height, width]</c>, as stored.</param>
    /// <param name="height">The stored height.</param>
    /// <param name="width">The stored width.</param>
    /// <param name="orientation">From 1 to 8.</param>
    /// <param name="output">As many bytes: <c>[channels, width, height]</c> where it transposes, else <c>[channels, height, width]</c>.</param>
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
