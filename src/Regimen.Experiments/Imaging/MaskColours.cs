using Regimen.Data;

namespace Regimen.Imaging;

/// <summary>The colours of classes in masks that are written or drawn: those of Pascal VOC, in which neighbouring indices differ clearly. Pixels
/// without a class are near white.</summary>
internal static class MaskColours
{
    /// <summary>Red, green and blue of each of the 256 values.</summary>
    public static ReadOnlySpan<byte> Palette => Colours;

    private static readonly byte[] Colours = [.. Enumerable.Range(0, 256).SelectMany(Colour)];

    private static byte[] Colour(int value)
    {
        if (value == MaskTarget.Ignored)
        {
            return [224, 224, 192];
        }

        // The bits of the index, dealt to the highest bits of the three colours in turn.
        var colour = new byte[3];
        for (int bit = 7, rest = value; rest > 0; bit--, rest >>= 3)
        {
            colour[0] |= (byte)((rest & 1) << bit);
            colour[1] |= (byte)(((rest >> 1) & 1) << bit);
            colour[2] |= (byte)(((rest >> 2) & 1) << bit);
        }

        return colour;
    }
}
