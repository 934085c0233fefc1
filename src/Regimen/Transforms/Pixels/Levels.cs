namespace Regimen.Transforms;

/// <summary>Operations that map each level of a pixel to another one: a table of 256 bytes, applied in place. Equal to torchvision's on uint8
/// tensors.</summary>
internal static class Levels
{
    /// <summary>Keeps the upper bits of each pixel.</summary>
    public static void Posterize(PixelImage image, int bits)
    {
        byte mask = (byte)-(1 << (8 - bits));
        Span<byte> pixels = image.Pixels;
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] &= mask;
        }
    }

    /// <summary>Inverts the pixels from a level on.</summary>
    public static void Solarize(PixelImage image, double threshold)
    {
        Span<byte> table = stackalloc byte[256];
        for (int level = 0; level < 256; level++)
        {
            table[level] = (byte)(level >= threshold ? 255 - level : level);
        }

        Map(image.Pixels, table);
    }

    /// <summary>Inverts every pixel.</summary>
    public static void Invert(PixelImage image)
    {
        Span<byte> pixels = image.Pixels;
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)~pixels[i];
        }
    }

    /// <summary>Multiplies each pixel.</summary>
    public static void Brightness(PixelImage image, double factor) => BlendWith(image, factor, 0f);

    /// <summary>Moves each pixel away from, or towards, the mean grey of the image.</summary>
    public static void Contrast(PixelImage image, double factor) => BlendWith(image, factor, (float)Colors.MeanGrey(image));

    /// <summary>Stretches each channel to the whole range.</summary>
    public static void AutoContrast(PixelImage image)
    {
        Span<byte> table = stackalloc byte[256];
        for (int channel = 0; channel < image.Channels; channel++)
        {
            Span<byte> plane = image.Plane(channel);
            (byte least, byte most) = Extremes(plane);
            if (least == most)
            {
                continue;
            }

            float scale = 255f / (most - least);
            for (int level = least; level <= most; level++)
            {
                table[level] = (byte)Math.Clamp((level - least) * scale, 0f, 255f);
            }

            Map(plane, table);
        }
    }

    /// <summary>Makes every level of a channel about equally frequent.</summary>
    public static void Equalize(PixelImage image)
    {
        Span<int> counts = stackalloc int[256];
        Span<byte> table = stackalloc byte[256];
        for (int channel = 0; channel < image.Channels; channel++)
        {
            Span<byte> plane = image.Plane(channel);
            counts.Clear();
            foreach (byte pixel in plane)
            {
                counts[pixel]++;
            }

            int last = counts[counts.LastIndexOfAnyExcept(0)];
            int step = (plane.Length - last) / 255;
            if (step == 0)
            {
                continue;
            }

            int sum = 0;
            for (int level = 0; level < 256; level++)
            {
                // The pixels below this level.
                table[level] = level == 0 ? (byte)0 : (byte)Math.Min(255, (sum + (step / 2)) / step);
                sum += counts[level];
            }

            Map(plane, table);
        }
    }

    private static void BlendWith(PixelImage image, double factor, float other)
    {
        Span<byte> table = stackalloc byte[256];
        for (int level = 0; level < 256; level++)
        {
            table[level] = Blending.Of(level, other, (float)factor, (float)(1 - factor));
        }

        Map(image.Pixels, table);
    }

    private static (byte Least, byte Most) Extremes(ReadOnlySpan<byte> plane)
    {
        (byte least, byte most) = (byte.MaxValue, byte.MinValue);
        foreach (byte pixel in plane)
        {
            least = Math.Min(least, pixel);
            most = Math.Max(most, pixel);
        }

        return (least, most);
    }

    private static void Map(Span<byte> pixels, ReadOnlySpan<byte> table)
    {
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = table[pixels[i]];
        }
    }
}
