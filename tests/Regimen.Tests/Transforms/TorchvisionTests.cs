using System.Globalization;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;
using Regimen.Transforms;

namespace Regimen.Tests.Transforms;

/// <summary>Compares every operation on bytes with torchvision at fixed parameters, in one Python process.</summary>
public sealed class TorchvisionTests
{
    private const string Script =
        """
        import math, sys, torch
        import torchvision.transforms.functional as F
        from torchvision.transforms import InterpolationMode as I
        from torchvision.transforms.autoaugment import _apply_op as op, RandAugment, TrivialAugmentWide, AugMix
        from PIL import Image
        import numpy
        torch.set_num_threads(1)
        folder = sys.argv[1]
        out = open(folder + "/out", "wb")
        for line in open(folder + "/cases"):
            name, shape, code = line.rstrip("\n").split("\t")
            c, h, w = map(int, shape.split(","))
            img = torch.frombuffer(bytearray(open(folder + "/" + name, "rb").read()), dtype=torch.uint8).view(c, h, w)
            pil = lambda i: F.to_pil_image(i)
            t = lambda i: F.pil_to_tensor(i)
            out.write(eval(code).contiguous().numpy().tobytes())
        """;

    private static readonly (int Channels, int Height, int Width)[] Shapes = [(1, 28, 28), (3, 17, 13), (3, 32, 32)];

    private static readonly Case[] Cases =
    [
        .. Factors("F.adjust_brightness(img, {0})", Levels.Brightness),
        .. Factors("F.adjust_contrast(img, {0})", Levels.Contrast),
        .. Factors("F.adjust_saturation(img, {0})", Colors.Saturation),
        .. Factors("F.adjust_sharpness(img, {0})", Neighbours.Sharpness),
        .. new[] { -0.5, -0.21, 0.0, 0.1, 0.37, 0.5 }.Select(h => new Case(Text("F.adjust_hue(img, {0})", h), image => Colors.Hue(image, h))),
        new("F.rgb_to_grayscale(img, 3) if c == 3 else img", Colors.Grayscale),
        .. Enumerable.Range(0, 9).Select(b => new Case($"F.posterize(img, {b})", image => Levels.Posterize(image, b))),
        .. new[] { 0.0, 100.5, 128, 255 }.Select(t => new Case(Text("F.solarize(img, {0})", t), image => Levels.Solarize(image, t))),
        new("F.invert(img)", Levels.Invert),
        new("F.autocontrast(img)", Levels.AutoContrast),
        new("F.equalize(img)", Levels.Equalize),
        .. new[] { (3, 3, 0.5), (5, 7, 1.7), (11, 5, 3.0) }.Select(k => new Case(
            Text("F.gaussian_blur(img, [{1}, {0}], [{2}, {2}])", k.Item1, k.Item2, k.Item3), image => Neighbours.GaussianBlur(image, k.Item1, k.Item2, k.Item3))),
        .. from interpolation in Enum.GetValues<PixelInterpolation>()
           from fill in new byte[] { 0, 77 }
           from m in new[] { (17.0, 3, -2, 1.2, 5.0, -8.0), (-90, 0, 0, 1, 0, 0), (0, 5, 1, 0.7, 20, 0), (123.4, -4, 2, 1, 0, 31) }
           select new Case(
               Text(
                   "F.affine(img, {0}, [{1}, {2}], {3}, [{4}, {5}], I." + interpolation.ToString().ToUpperInvariant() + (fill == 0 ? ", None)" : ", [{6}] * c)"),
                   (double)m.Item1,
                   m.Item2,
                   m.Item3,
                   m.Item4,
                   m.Item5,
                   m.Item6,
                   fill),
               image => AffineMap.Of(m.Item1, m.Item2, m.Item3, m.Item4, m.Item5, m.Item6).Apply(image, interpolation, fill)),
        .. Parts(),
    ];

    [Fact]
    public void Every_operation_equals_torchvisions_to_one_level() => Compare(
    [
        .. Cases,
        .. Policy("RandAugment(2)._augmentation_space(31, (h, w))", (h, w) => AugmentationSpace.RandAugment(31, h, w), PixelInterpolation.Nearest),
        .. Policy("TrivialAugmentWide()._augmentation_space(31)", (_, _) => AugmentationSpace.TrivialWide(31), PixelInterpolation.Nearest),
        .. Policy("AugMix()._augmentation_space(10, (h, w))", (h, w) => AugmentationSpace.AugMix(10, h, w, allOperations: true), PixelInterpolation.Bilinear),
    ]);

    private static IEnumerable<Case> Policy(string space, Func<int, int, AugmentationChoice[]> ours, PixelInterpolation interpolation)
    {
        AugmentationChoice[] choices = ours(10, 10);
        for (int i = 0; i < choices.Length; i++)
        {
            int at = i;
            int bins = Math.Max(1, choices[i].Magnitudes.Length);
            for (int bin = 0; bin < bins; bin += bins > 12 ? 3 : 1)
            {
                int chosen = bin;
                foreach (int sign in choices[i].IsSigned ? [1, -1] : new[] { 1 })
                {
                    string code = $"(lambda k, m: op(img, k, {sign} * (float(m[0][{bin}].item()) if m[0].ndim > 0 else 0.0), "
                        + $"I.{interpolation.ToString().ToUpperInvariant()}, None))(*list({space}.items())[{i}])";
                    yield return new Case(code, image =>
                    {
                        AugmentationChoice choice = ours(image.Height, image.Width)[at];
                        float magnitude = choice.Magnitudes.Length == 0 ? 0 : sign * choice.Magnitudes[chosen];
                        AugmentationOperations.Apply(image, choice.Operation, magnitude, interpolation, fill: 0);
                    });
                }
            }
        }
    }

    /// <summary>Resized parts, against Pillow's path of torchvision, which antialiases.</summary>
    private static IEnumerable<Case> Parts()
        => new[] { new ImagePart(2, 3, 11, 7), new ImagePart(0, 0, 5, 13), new ImagePart(4, 1, 13, 12) }.Select(part => new Case(
            $"t(F.resized_crop(pil(img), {part.Top}, {part.Left}, {part.Height}, {part.Width}, [h, w]))",
            image =>
            {
                var input = new float[image.Pixels.Length];
                var output = new float[image.Pixels.Length];
                image.Write(input);
                RandomResizedCrop.ResizePart(input, output, image.Channels, image.Height, image.Width, part, image.Height, image.Width);
                image.Read(output);
            }));

    private static IEnumerable<Case> Factors(string code, Action<PixelImage, double> apply)
        => new[] { 0.0, 0.1, 0.77, 1, 1.9, 3.5 }.Select(factor => new Case(Text(code, factor), image => apply(image, factor)));

    private static void Compare(Case[] cases)
    {
        PyTorch.SkipWhereTorchvisionIsMissing();
        using var folder = new TemporaryFolder();
        var lines = new List<string>();
        for (int s = 0; s < Shapes.Length; s++)
        {
            (int channels, int height, int width) = Shapes[s];
            File.WriteAllBytes(folder[$"image{s}"], Image(s));
            lines.AddRange(cases.Select(c => $"image{s}\t{channels},{height},{width}\t{c.Code}"));
        }

        File.WriteAllLines(folder["cases"], lines);
        PyTorch.Run(Script, folder.FullPath);
        byte[] expected = File.ReadAllBytes(folder["out"]);
        int at = 0;
        var wrong = new List<string>();
        for (int s = 0; s < Shapes.Length; s++)
        {
            foreach (Case one in cases)
            {
                (int channels, int height, int width) = Shapes[s];
                using var image = new PixelImage(channels, height, width);
                Image(s).CopyTo(image.Pixels);
                one.Apply(image);
                int difference = 0;
                int pixels = 0;
                foreach (byte pixel in image.Pixels)
                {
                    int distance = Math.Abs(pixel - expected[at++]);
                    difference = Math.Max(difference, distance);
                    pixels += distance > 1 ? 1 : 0;
                }

                // A nearest pixel may be one of two at the same distance, which torchvision's BLAS decides: with OpenBLAS other than without.
                if (pixels > (one.Code.Contains("I.NEAREST", StringComparison.Ordinal) ? 1 : 0))
                {
                    wrong.Add($"{channels}×{height}×{width} {one.Code}: {pixels} pixels differ, by up to {difference}");
                }
            }
        }

        Assert.Equal(expected.Length, at);
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases.Length * Shapes.Length}:\n{string.Join('\n', wrong)}");
    }

    /// <summary>An image with smooth parts, edges and noise; the third one does not use the whole range.</summary>
    private static byte[] Image(int s)
    {
        (int channels, int height, int width) = Shapes[s];
        RandomStream random = RandomStream.For((ulong)s, RandomPurpose.Split);
        var pixels = new byte[channels * height * width];
        for (int i = 0; i < pixels.Length; i++)
        {
            int x = i % width;
            int y = i / width % height;
            double smooth = 0.5 + (0.5 * Math.Sin((x * 0.31) + (y * 0.17) + (i / (height * width))));
            double value = (0.7 * smooth) + (0.3 * random.NextDouble());
            pixels[i] = (byte)(s == 2 ? 40 + (170 * value) : x > 2 * width / 3 ? 255 * random.NextDouble() : 255 * value);
        }

        return pixels;
    }

    private static string Text(string format, params object[] values) => string.Format(CultureInfo.InvariantCulture, format, values);

    private sealed record Case(string Code, Action<PixelImage> Apply);
}
