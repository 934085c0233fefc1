using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Rotates, shifts, scales and shears an image around its centre by random amounts, with bilinear interpolation.</summary>
[Transform("random_affine")]
public sealed record RandomAffine : Transform, IMaskTransform
{
    private const string Name = "random_affine";

    /// <summary>The maximum rotation to either side, in degrees.</summary>
    [Range(0.0, 180.0)]
    public double Degrees { get; init; } = 10;

    /// <summary>The maximum shift to either side, as a fraction of the width and of the height; one number for both.</summary>
    [Length(1, 2)]
    public IReadOnlyList<double> Translate { get; init; } = [0.1];

    /// <summary>The minimum and maximum scale.</summary>
    [Length(2, 2)]
    public IReadOnlyList<double> Scale { get; init; } = [1, 1];

    /// <summary>The maximum shear to either side, in degrees: one number for a shear along rows, or a second one for a shear along columns; empty for
    /// none.</summary>
    [Length(0, 2)]
    [Range(0.0, 85.0)]
    public IReadOnlyList<double> Shear { get; init; } = [];

    /// <summary>The value of pixels outside the image.</summary>
    public double Fill { get; init; }

    /// <inheritdoc/>
    protected internal override bool IsRandom => true;

    /// <inheritdoc/>
    public override SampleShape Transformed(SampleShape input)
    {
        ImageShape.Require(input, Name);
        ImageShape.RequireRange(Scale, 0.01, Name, "scale");
        return Translate.All(t => t is >= 0 and <= 1) ? input : throw new RequestException(new Problem($"{Name} would shift the image out of the frame")
        {
            Expected = "`translate` as fractions from 0 to 1",
            Received = FormattableString.Invariant($"[{string.Join(", ", Translate)}]"),
        });
    }

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random)
    {
        (int channels, int height, int width) = ImageShape.Require(shape, Name);
        (AffineMap map, double shiftX, double shiftY) = Draw(height, width, ref random);
        Resample(input, output, channels, height, width, map, shiftX, shiftY);
    }

    /// <inheritdoc/>
    public void ApplyToMask(ReadOnlySpan<byte> mask, Span<byte> output, SampleShape shape, ref RandomStream random)
    {
        (_, int height, int width) = ImageShape.Require(shape, Name);
        (AffineMap map, double shiftX, double shiftY) = Draw(height, width, ref random);
        double middleX = (width - 1) / 2.0;
        double middleY = (height - 1) / 2.0;
        for (int i = 0; i < output.Length; i++)
        {
            double dy = (i / width) - middleY - shiftY;
            double dx = (i % width) - middleX - shiftX;
            int x = (int)Math.Floor((map.A * dx) + (map.B * dy) + middleX + 0.5);
            int y = (int)Math.Floor((map.E * dy) + (map.D * dx) + middleY + 0.5);
            output[i] = (uint)x < (uint)width && (uint)y < (uint)height ? mask[(y * width) + x] : MaskTarget.Ignored;
        }
    }

    private (AffineMap Map, double ShiftX, double ShiftY) Draw(int height, int width, ref RandomStream random)
    {
        double angle = Between(-Degrees, Degrees, ref random);
        double shiftX = Between(-Translate[0], Translate[0], ref random) * width;
        double shiftY = Between(-Translate[^1], Translate[^1], ref random) * height;
        double scale = Between(Scale[0], Scale[1], ref random);
        double shearX = Shear.Count > 0 ? Between(-Shear[0], Shear[0], ref random) : 0;
        double shearY = Shear.Count > 1 ? Between(-Shear[1], Shear[1], ref random) : 0;
        return (AffineMap.Of(angle, scale: scale, shearX: shearX, shearY: shearY), shiftX, shiftY);
    }

    /// <summary>Computes each output pixel from its place in the input: shifted back, then mapped back.</summary>
    internal void Resample(
        ReadOnlySpan<float> input, Span<float> output, int channels, int height, int width, AffineMap map, double shiftX, double shiftY)
    {
        double middleX = (width - 1) / 2.0;
        double middleY = (height - 1) / 2.0;
        for (int y = 0; y < height; y++)
        {
            double dy = y - middleY - shiftY;
            for (int x = 0; x < width; x++)
            {
                double dx = x - middleX - shiftX;
                Sample(input, output, channels, height, width, (y * width) + x, (map.A * dx) + (map.B * dy) + middleX, (map.E * dy) + (map.D * dx) + middleY);
            }
        }
    }

    private void Sample(ReadOnlySpan<float> input, Span<float> output, int channels, int height, int width, int to, double x, double y)
    {
        int left = (int)Math.Floor(x);
        int top = (int)Math.Floor(y);
        float right = (float)(x - left);
        float down = (float)(y - top);
        float fill = (float)Fill;
        int area = height * width;
        for (int channel = 0; channel < channels; channel++)
        {
            ReadOnlySpan<float> plane = input.Slice(channel * area, area);
            float upper = (At(plane, left, top) * (1 - right)) + (At(plane, left + 1, top) * right);
            float lower = (At(plane, left, top + 1) * (1 - right)) + (At(plane, left + 1, top + 1) * right);
            output[(channel * area) + to] = (upper * (1 - down)) + (lower * down);
        }

        float At(ReadOnlySpan<float> plane, int px, int py)
            => (uint)px < (uint)width && (uint)py < (uint)height ? plane[(py * width) + px] : fill;
    }

    private static double Between(double least, double most, ref RandomStream random) => least + ((most - least) * random.NextDouble());
}
