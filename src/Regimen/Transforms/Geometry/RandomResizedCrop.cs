using System.Buffers;
using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Crops a random part of an image, of a random area and shape, and resizes it with bilinear interpolation and antialiasing (Szegedy et al.,
/// "Going Deeper with Convolutions", 2014).</summary>
[Transform("random_resized_crop")]
public sealed record RandomResizedCrop : Transform, IMaskTransform
{
    private const string Name = "random_resized_crop";

    // A part that does not fit into the image is drawn again; after this many attempts the largest part of an allowed shape is taken.
    private const int Attempts = 10;

    /// <summary>The new size: one number for a square, or height and width; empty for the image's own size.</summary>
    [Length(0, 2)]
    public IReadOnlyList<int> Size { get; init; } = [];

    /// <summary>The minimum and maximum area of the part, as a fraction of the image's area.</summary>
    [Length(2, 2)]
    public IReadOnlyList<double> Scale { get; init; } = [0.08, 1];

    /// <summary>The minimum and maximum ratio of the part's width to its height.</summary>
    [Length(2, 2)]
    public IReadOnlyList<double> Ratio { get; init; } = [0.75, 4.0 / 3];

    /// <inheritdoc/>
    protected internal override bool IsRandom => true;

    /// <inheritdoc/>
    public override SampleShape Transformed(SampleShape input)
    {
        (int channels, int height, int width) = ImageShape.Require(input, Name);
        ImageShape.RequireRange(Scale, 0.0001, Name, "scale");
        ImageShape.RequireRange(Ratio, 0.001, Name, "ratio");
        (int newHeight, int newWidth) = Size.Count == 0 ? (height, width) : ImageShape.Size(Size, Name);
        return new SampleShape(channels, newHeight, newWidth);
    }

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random)
    {
        (int channels, int height, int width) = ImageShape.Require(shape, Name);
        (int newHeight, int newWidth) = Size.Count == 0 ? (height, width) : (Size[0], Size[^1]);
        ResizePart(input, output, channels, height, width, Draw(height, width, ref random), newHeight, newWidth);
    }

    /// <inheritdoc/>
    public void ApplyToMask(ReadOnlySpan<byte> mask, Span<byte> output, SampleShape shape, ref RandomStream random)
    {
        (_, int height, int width) = ImageShape.Require(shape, Name);
        (int newHeight, int newWidth) = Size.Count == 0 ? (height, width) : (Size[0], Size[^1]);
        ImagePart part = Draw(height, width, ref random);
        NearestTaps.Resample(mask[((part.Top * width) + part.Left)..], width, new(part.Height, newHeight), new(part.Width, newWidth), output);
    }

    /// <inheritdoc/>
    public bool Equals(RandomResizedCrop? other)
        => other is not null && Size.SequenceEqual(other.Size) && Scale.SequenceEqual(other.Scale) && Ratio.SequenceEqual(other.Ratio);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Size.Count, Scale[0], Ratio[0]);

    /// <summary>Resizes a part of an image.</summary>
    internal static void ResizePart(
        ReadOnlySpan<float> input, Span<float> output, int channels, int height, int width, ImagePart part, int newHeight, int newWidth)
    {
        var resampler = new FloatResampler(part.Height, part.Width, newHeight, newWidth);
        float[] plane = ArrayPool<float>.Shared.Rent(part.Height * part.Width);
        for (int channel = 0; channel < channels; channel++)
        {
            for (int y = 0; y < part.Height; y++)
            {
                input.Slice((((channel * height) + part.Top + y) * width) + part.Left, part.Width).CopyTo(plane.AsSpan(y * part.Width));
            }

            int area = newHeight * newWidth;
            resampler.Apply(plane.AsSpan(0, part.Height * part.Width), output.Slice(channel * area, area));
        }

        ArrayPool<float>.Shared.Return(plane);
    }

    private ImagePart Draw(int height, int width, ref RandomStream random)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double area = height * width * (Scale[0] + ((Scale[1] - Scale[0]) * random.NextDouble()));
            double ratio = PortableFunctions.Exp(PortableFunctions.Log(Ratio[0]) + (PortableFunctions.Log(Ratio[1] / Ratio[0]) * random.NextDouble()));
            int wide = (int)Math.Round(Math.Sqrt(area * ratio));
            int tall = (int)Math.Round(Math.Sqrt(area / ratio));
            if (wide > 0 && wide <= width && tall > 0 && tall <= height)
            {
                int top = random.NextInt32(height - tall + 1);
                return new ImagePart(top, random.NextInt32(width - wide + 1), tall, wide);
            }
        }

        return Central(height, width);
    }

    private ImagePart Central(int height, int width)
    {
        double ratio = (double)width / height;
        int wide = ratio > Ratio[1] ? Math.Clamp((int)Math.Round(height * Ratio[1]), 1, width) : width;
        int tall = ratio < Ratio[0] ? Math.Clamp((int)Math.Round(width / Ratio[0]), 1, height) : height;
        return new ImagePart((height - tall) / 2, (width - wide) / 2, tall, wide);
    }
}

/// <summary>A rectangle of an image, in pixels.</summary>
internal readonly record struct ImagePart(int Top, int Left, int Height, int Width);
