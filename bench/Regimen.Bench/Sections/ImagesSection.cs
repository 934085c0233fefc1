using Regimen.Bench.Measuring;
using Regimen.Reproducibility;
using SkiaSharp;

namespace Regimen.Bench.Sections;

/// <summary>A folder of JPEGs read, decoded and gathered into batches by the loader's workers, against torchvision's ImageFolder with a
/// DataLoader of as many workers.</summary>
internal static class ImagesSection
{
    private const double Target = 1 / 1.5;
    private const int Quality = 90;

    public static void Run(Report report)
    {
        foreach ((int side, int count) in (ReadOnlySpan<(int, int)>)[(28, 6000), (224, 600)])
        {
            DirectoryInfo folder = Directory.CreateTempSubdirectory("regimen-bench");
            try
            {
                Write(folder.FullName, side, count);
                foreach (int workers in (ReadOnlySpan<int>)[1, 2])
                {
                    string[] work = [$"root={folder.FullName}", $"workers={workers}"];
                    report.Compare(
                        $"a folder of {side}×{side} JPEGs",
                        "µs/image",
                        Peer.Worker("Regimen", "images", work),
                        Peer.Python("torchvision's ImageFolder, DataLoader", "pytorch_images.py", work),
                        Target,
                        9);
                }
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }

    /// <summary>Draws a disc on a gradient with some noise, so that the file size is similar to that of a photograph.</summary>
    private static void Write(string root, int side, int count)
    {
        for (int i = 0; i < count; i++)
        {
            RandomStream random = RandomStream.For(3, RandomPurpose.Split, index: i);
            using var bitmap = new SKBitmap(side, side);
            using (var canvas = new SKCanvas(bitmap))
            {
                using var slope = new SKPaint
                {
                    Shader = SKShader.CreateLinearGradient(new SKPoint(0, 0), new SKPoint(side, side), [Colour(ref random), Colour(ref random)], SKShaderTileMode.Clamp),
                };
                canvas.DrawPaint(slope);
                for (int disc = 0; disc < 40; disc++)
                {
                    using var paint = new SKPaint { Color = Colour(ref random), IsAntialias = true };
                    canvas.DrawCircle(random.NextInt32(side), random.NextInt32(side), 1 + random.NextInt32(Math.Max(1, side / 8)), paint);
                }
            }

            string folder = Path.Combine(root, $"class {i % 10}");
            Directory.CreateDirectory(folder);
            using SKData jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
            using FileStream file = File.Create(Path.Combine(folder, $"{i:00000}.jpg"));
            jpeg.SaveTo(file);
        }
    }

    private static SKColor Colour(ref RandomStream random) => new((uint)random.NextUInt64() | 0xFF000000);
}
