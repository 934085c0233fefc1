using Regimen.Data;

namespace Regimen.Imaging;

/// <summary>Draws a mask over its image: each pixel is the mean of the image's grey and the colour of its class; the class of index 0 is not
/// coloured.</summary>
internal static class SheetMask
{
    /// <summary>Returns the picture.</summary>
    /// <param name="image">The image.</param>
    /// <param name="mask">The classes, <c>[height, width]</c>.</param>
    public static SheetImage Over(SheetImage image, ReadOnlySpan<byte> mask)
    {
        int area = mask.Length;
        var values = new float[3 * area];
        for (int channel = 0; channel < 3; channel++)
        {
            ReadOnlySpan<float> plane = image.Values.AsSpan(image.Shape.Channels == 3 ? channel * area : 0, area);
            for (int i = 0; i < area; i++)
            {
                values[(channel * area) + i] = mask[i] == 0 ? plane[i] : (plane[i] + (MaskColours.Palette[(3 * mask[i]) + channel] / 255f)) / 2;
            }
        }

        return new SheetImage(values, new SampleShape(3, image.Shape.Dimensions[1], image.Shape.Dimensions[2]));
    }
}
