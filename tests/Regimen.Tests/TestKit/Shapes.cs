using Regimen.Reproducibility;

namespace Regimen.Tests.TestKit;

/// <summary>A set of images for segmentation: a light disc and a dark square on noise, 27 wide and 31 high. One pixel of each mask has no class.</summary>
internal static class Shapes
{
    public const int Width = 27;
    public const int Height = 31;

    /// <summary>The keys of a config that trains on it, without the folder.</summary>
    public static readonly string[] Config =
    [
        "data=segmentation", "data.classes=[background,disc,square]", "model=unet", "model.width=8", "model.depth=2", "optimizer.lr=0.01", "loader.batch_size=7", "threads=1",
    ];

    /// <summary>Writes images and masks.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="root">The path in it, whose <c>images</c> and <c>masks</c> are written.</param>
    /// <param name="count">The number of images.</param>
    public static string Write(TemporaryFolder folder, string root, int count)
    {
        var random = RandomStream.For(5, RandomPurpose.Split);
        for (int i = 0; i < count; i++)
        {
            (byte[] pixels, byte[] mask) = Draw(ref random);
            folder.Write($"{root}/images/{i:000}.png", ImageBytes.GreyPng(Width, Height, pixels));
            folder.Write($"{root}/masks/{i:000}.png", MaskBytes.Png(Width, Height, mask, filter: i % 5));
        }

        return folder[root];
    }

    private static (byte[] Pixels, byte[] Mask) Draw(ref RandomStream random)
    {
        byte[] pixels = new byte[Width * Height];
        byte[] mask = new byte[Width * Height];
        (int discX, int discY, int radius) = (5 + random.NextInt32(17), 6 + random.NextInt32(19), 3 + random.NextInt32(4));
        (int left, int top, int side) = (random.NextInt32(19), random.NextInt32(23), 4 + random.NextInt32(5));
        for (int i = 0; i < pixels.Length; i++)
        {
            (int x, int y) = (i % Width, i / Width);
            bool isDisc = ((x - discX) * (x - discX)) + ((y - discY) * (y - discY)) <= radius * radius;
            bool isSquare = !isDisc && x >= left && x < left + side && y >= top && y < top + side;
            int noise = 60 + random.NextInt32(60);
            pixels[i] = (byte)(isDisc ? noise + 120 : isSquare ? noise / 3 : noise);
            mask[i] = (byte)(isDisc ? 1 : isSquare ? 2 : 0);
        }

        mask[0] = 255;
        return (pixels, mask);
    }
}
