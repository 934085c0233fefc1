using Regimen.Transforms;

namespace Regimen.Tests.Transforms;

/// <summary>Fixed values of the operations on bytes, for machines without torchvision.</summary>
public sealed class PixelOperationTests
{
    private static readonly Dictionary<string, Action<PixelImage>> Operations = new(StringComparer.Ordinal)
    {
        ["brightness"] = image => Levels.Brightness(image, 1.3),
        ["contrast"] = image => Levels.Contrast(image, 0.6),
        ["saturation"] = image => Colors.Saturation(image, 1.8),
        ["hue"] = image => Colors.Hue(image, -0.2),
        ["sharpness"] = image => Neighbours.Sharpness(image, 2),
        ["grayscale"] = Colors.Grayscale,
        ["posterize"] = image => Levels.Posterize(image, 3),
        ["solarize"] = image => Levels.Solarize(image, 128),
        ["autocontrast"] = Levels.AutoContrast,
        ["blur"] = image => Neighbours.GaussianBlur(image, 5, 3, 0.9),
        ["rotate"] = image => AffineMap.Of(-25).Apply(image, PixelInterpolation.Nearest, 0),
        ["affine"] = image => AffineMap.Of(-12, 1, 0, 1.1, 8).Apply(image, PixelInterpolation.Bilinear, 0),
    };

    /// <summary>Expected: torchvision 0.14 on the same uint8 tensor <c>[3, 4, 5]</c>.</summary>
    public static TheoryData<string, int[]> Expected => new()
    {
        { "brightness", [0, 54, 122, 202, 255, 70, 189, 255, 135, 255, 132, 255, 182, 59, 255, 187, 104, 33, 255, 255, 233, 215, 210, 218, 239, 255, 
            255, 46, 119, 205, 255, 83, 208, 13, 163, 255, 171, 28, 231, 114, 10, 252, 174, 109, 57, 18, 255, 255, 255, 255, 18, 57, 109, 174, 252, 10, 114, 231, 
            28, 171] },
        { "contrast", [55, 80, 111, 148, 192, 87, 142, 204, 117, 190, 116, 201, 139, 82, 186, 141, 103, 70, 198, 177, 163, 154, 152, 156, 165, 181, 
            202, 76, 110, 150, 195, 93, 151, 61, 130, 206, 134, 68, 162, 108, 60, 171, 135, 105, 81, 63, 205, 199, 199, 205, 63, 81, 105, 135, 171, 60, 108, 162, 
            68, 134] },
        { "saturation", [0, 0, 58, 157, 255, 0, 89, 255, 97, 255, 48, 255, 136, 55, 255, 106, 55, 14, 255, 255, 239, 193, 181, 179, 186, 255, 255, 0, 
            75, 133, 255, 23, 172, 0, 97, 255, 148, 7, 177, 56, 0, 243, 130, 27, 0, 0, 255, 255, 255, 255, 0, 0, 35, 214, 220, 0, 69, 255, 0, 136] },
        { "hue", [180, 44, 135, 168, 228, 210, 162, 35, 92, 158, 234, 224, 160, 10, 131, 252, 132, 21, 238, 136, 152, 194, 162, 84, 43, 130, 250, 70, 
            240, 200, 101, 43, 88, 122, 126, 67, 129, 178, 21, 88, 0, 41, 94, 88, 124, 13, 145, 248, 222, 250, 13, 244, 84, 134, 218, 7, 80, 150, 125, 204] },
        { "sharpness", [0, 42, 94, 156, 228, 54, 165, 255, 64, 226, 102, 255, 139, 0, 218, 144, 80, 26, 238, 204, 180, 166, 162, 168, 184, 210, 255, 
            0, 71, 158, 234, 4, 198, 0, 126, 252, 132, 22, 178, 88, 8, 194, 134, 84, 44, 14, 255, 255, 255, 250, 14, 4, 44, 113, 194, 8, 88, 178, 22, 132] },
        { "grayscale", [106, 132, 138, 154, 181, 141, 216, 122, 112, 188, 169, 115, 145, 34, 161, 191, 111, 40, 178, 127, 106, 132, 138, 154, 181, 
            141, 216, 122, 112, 188, 169, 115, 145, 34, 161, 191, 111, 40, 178, 127, 106, 132, 138, 154, 181, 141, 216, 122, 112, 188, 169, 115, 145, 34, 161, 
            191, 111, 40, 178, 127] },
        { "posterize", [0, 32, 64, 128, 224, 32, 128, 224, 96, 224, 96, 224, 128, 32, 192, 128, 64, 0, 224, 192, 160, 160, 160, 160, 160, 192, 224, 
            32, 64, 128, 224, 64, 160, 0, 96, 224, 128, 0, 160, 64, 0, 192, 128, 64, 32, 0, 224, 224, 224, 224, 0, 32, 64, 128, 192, 0, 64, 160, 0, 128] },
        { "solarize", [0, 42, 94, 99, 27, 54, 109, 7, 104, 29, 102, 11, 115, 46, 37, 111, 80, 26, 17, 51, 75, 89, 93, 87, 71, 45, 9, 36, 92, 97, 21, 
            64, 95, 10, 126, 3, 123, 22, 77, 88, 8, 61, 121, 84, 44, 14, 5, 15, 15, 5, 14, 44, 84, 121, 61, 8, 88, 77, 22, 123] },
        { "autocontrast", [0, 43, 96, 160, 234, 55, 150, 255, 106, 232, 104, 250, 143, 47, 224, 148, 82, 26, 244, 209, 179, 164, 160, 166, 183, 210, 
            248, 27, 86, 155, 236, 56, 158, 0, 122, 254, 128, 12, 177, 82, 0, 195, 132, 80, 37, 6, 254, 244, 244, 254, 6, 37, 80, 132, 195, 0, 84, 179, 14, 130] 
            },
        { "blur", [72, 105, 142, 162, 173, 101, 129, 150, 156, 163, 137, 144, 139, 145, 162, 141, 134, 125, 146, 173, 198, 172, 131, 127, 142, 194, 
            165, 117, 110, 123, 177, 147, 100, 95, 100, 172, 137, 95, 96, 101, 114, 151, 184, 165, 159, 100, 136, 175, 174, 176, 63, 94, 133, 149, 158, 46, 77, 
            111, 124, 130] },
        { "rotate", [0, 94, 156, 226, 226, 0, 146, 248, 104, 218, 54, 244, 140, 46, 204, 102, 102, 80, 26, 0, 0, 162, 168, 158, 158, 180, 246, 36, 
            92, 126, 210, 64, 160, 10, 88, 234, 234, 132, 22, 0, 0, 134, 84, 250, 250, 8, 250, 240, 240, 194, 14, 44, 84, 134, 132, 14, 14, 88, 178, 0] },
        { "affine", [0, 9, 50, 122, 139, 8, 52, 143, 237, 97, 16, 98, 217, 149, 78, 18, 125, 138, 51, 195, 38, 139, 162, 142, 141, 55, 204, 214, 44, 
            72, 48, 213, 110, 151, 45, 37, 232, 109, 52, 146, 2, 45, 179, 148, 139, 3, 56, 241, 231, 213, 3, 30, 96, 91, 116, 2, 15, 72, 155, 49] },
    };

    [Theory]
    [MemberData(nameof(Expected))]
    public void Operations_have_torchvisions_values(string operation, int[] expected)
    {
        using var image = new PixelImage(3, 4, 5);
        for (int i = 0; i < 60; i++)
        {
            image.Pixels[i] = (byte)((i * 37) + (i * i * 5));
        }

        Operations[operation](image);
        int[] pixels = [.. image.Pixels.ToArray().Select(p => (int)p)];
        Assert.Equal(expected.Length, pixels.Length);
        Assert.All(pixels.Zip(expected), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1));
    }

    [Fact]
    public void Equalizing_makes_levels_about_equally_frequent()
    {
        // 40 × 40 pixels of 16 neighbouring levels: afterwards they span the whole range, in the same order.
        using var image = new PixelImage(1, 40, 40);
        for (int i = 0; i < 1600; i++)
        {
            image.Pixels[i] = (byte)(100 + (i % 16));
        }

        Levels.Equalize(image);
        byte[] levels = [.. image.Pixels[..16]];
        Assert.Equal([.. levels.Order()], levels);
        Assert.Equal((0, 255), (levels[0], levels[15]));
    }

    [Fact]
    public void Bytes_become_floats_and_the_same_bytes_again()
    {
        // A length that leaves a rest behind each width of a vector.
        using var image = new PixelImage(1, 7, 67);
        byte[] pixels = [.. Enumerable.Range(0, 469).Select(i => (byte)i)];
        pixels.CopyTo(image.Pixels);
        var floats = new float[469];
        image.Write(floats);
        image.Pixels.Clear();
        image.Read(floats);
        Assert.Equal(pixels, image.Pixels.ToArray());

        (floats[0], floats[1], floats[468], floats[467]) = (-3, 7, 1.7f, -0.1f);
        image.Read(floats);
        Assert.Equal((0, 255, 255, 0), (image.Pixels[0], image.Pixels[1], image.Pixels[468], image.Pixels[467]));
    }
}
