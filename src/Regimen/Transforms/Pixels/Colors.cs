namespace Regimen.Transforms;

/// <summary>Operations on the colours of an image of three channels, red, green and blue; an image of one channel stays as it is. Equal to
/// torchvision's on uint8 tensors.</summary>
internal static class Colors
{
    /// <summary>Makes all channels the luma.</summary>
    public static void Grayscale(PixelImage image)
    {
        if (image.Channels != 3)
        {
            return;
        }

        Span<byte> red = image.Plane(0);
        Span<byte> green = image.Plane(1);
        Span<byte> blue = image.Plane(2);
        for (int i = 0; i < red.Length; i++)
        {
            red[i] = green[i] = blue[i] = Grey(red[i], green[i], blue[i]);
        }
    }

    /// <summary>Moves each colour away from, or towards, its grey.</summary>
    public static void Saturation(PixelImage image, double factor)
    {
        if (image.Channels != 3)
        {
            return;
        }

        (float weight, float rest) = ((float)factor, (float)(1 - factor));
        Span<byte> red = image.Plane(0);
        Span<byte> green = image.Plane(1);
        Span<byte> blue = image.Plane(2);
        for (int i = 0; i < red.Length; i++)
        {
            float grey = Grey(red[i], green[i], blue[i]);
            red[i] = Blending.Of(red[i], grey, weight, rest);
            green[i] = Blending.Of(green[i], grey, weight, rest);
            blue[i] = Blending.Of(blue[i], grey, weight, rest);
        }
    }

    /// <summary>Turns the hue of each colour.</summary>
    /// <param name="image">The image.</param>
    /// <param name="turn">The part of a whole turn, from −0.5 to 0.5.</param>
    public static void Hue(PixelImage image, double turn)
    {
        if (image.Channels != 3)
        {
            return;
        }

        Span<byte> red = image.Plane(0);
        Span<byte> green = image.Plane(1);
        Span<byte> blue = image.Plane(2);
        for (int i = 0; i < red.Length; i++)
        {
            (red[i], green[i], blue[i]) = Turned(red[i] / 255f, green[i] / 255f, blue[i] / 255f, (float)turn);
        }
    }

    /// <summary>Returns the mean of an image's grey levels.</summary>
    public static double MeanGrey(PixelImage image)
    {
        long sum = 0;
        if (image.Channels != 3)
        {
            foreach (byte pixel in image.Pixels)
            {
                sum += pixel;
            }

            return (double)sum / image.Pixels.Length;
        }

        Span<byte> red = image.Plane(0);
        Span<byte> green = image.Plane(1);
        Span<byte> blue = image.Plane(2);
        for (int i = 0; i < red.Length; i++)
        {
            sum += Grey(red[i], green[i], blue[i]);
        }

        return (double)sum / image.Area;
    }

    private static byte Grey(byte red, byte green, byte blue) => (byte)((0.2989f * red) + (0.587f * green) + (0.114f * blue));

    /// <summary>Returns a colour with another hue: to hue, saturation and value, and back.</summary>
    private static (byte Red, byte Green, byte Blue) Turned(float red, float green, float blue, float turn)
    {
        float most = Math.Max(red, Math.Max(green, blue));
        float span = most - Math.Min(red, Math.Min(green, blue));
        float divisor = span == 0 ? 1 : span;
        (float r, float g, float b) = ((most - red) / divisor, (most - green) / divisor, (most - blue) / divisor);
        float sector = most == red ? b - g : most == green ? 2 + r - b : 4 + g - r;
        float hue = ((sector / 6) + 1) % 1;
        hue += turn;
        hue -= MathF.Floor(hue);
        float saturation = span / (span == 0 ? 1 : most);

        float place = MathF.Floor(hue * 6);
        float part = (hue * 6) - place;
        float low = Math.Clamp(most * (1 - saturation), 0f, 1f);
        float falling = Math.Clamp(most * (1 - (saturation * part)), 0f, 1f);
        float rising = Math.Clamp(most * (1 - (saturation * (1 - part))), 0f, 1f);
        return ((int)place % 6) switch
        {
            0 => (Level(most), Level(rising), Level(low)),
            1 => (Level(falling), Level(most), Level(low)),
            2 => (Level(low), Level(most), Level(rising)),
            3 => (Level(low), Level(falling), Level(most)),
            4 => (Level(rising), Level(low), Level(most)),
            _ => (Level(most), Level(low), Level(falling)),
        };

        static byte Level(float value) => (byte)(value * (256 - 1e-3f));
    }
}
