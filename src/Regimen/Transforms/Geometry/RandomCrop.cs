using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Pads an image on all sides and crops it at a random position.</summary>
[Transform("random_crop")]
public sealed record RandomCrop : Transform, IMaskTransform
{
    private const string Name = "random_crop";

    /// <summary>The size of the crop: one number for a square, or height and width; empty for the image's own size.</summary>
    [Length(0, 2)]
    public IReadOnlyList<int> Size { get; init; } = [];

    /// <summary>The pixels added on each side.</summary>
    [Range(0, 4096)]
    public int Padding { get; init; } = 4;

    /// <summary>The value of the added pixels.</summary>
    public double Fill { get; init; }

    /// <inheritdoc/>
    protected internal override bool IsRandom => true;

    /// <inheritdoc/>
    public override SampleShape Transformed(SampleShape input)
    {
        (int channels, int height, int width) = ImageShape.Require(input, Name);
        (int newHeight, int newWidth) = Size.Count == 0 ? (height, width) : ImageShape.Size(Size, Name);
        return newHeight <= height + (2 * Padding) && newWidth <= width + (2 * Padding)
            ? new SampleShape(channels, newHeight, newWidth)
            : throw new RequestException(new Problem($"{Name} needs a larger image")
            {
                Expected = $"a size of at most {height + (2 * Padding)} × {width + (2 * Padding)}: the image's {height} × {width} with its padding",
                Received = $"{newHeight} × {newWidth}",
            });
    }

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random)
        => Crop(input, output, shape, (float)Fill, ref random);

    /// <inheritdoc/>
    public void ApplyToMask(ReadOnlySpan<byte> mask, Span<byte> output, SampleShape shape, ref RandomStream random)
        => Crop(mask, output, shape, MaskTarget.Ignored, ref random);

    private void Crop<T>(ReadOnlySpan<T> input, Span<T> output, SampleShape shape, T fill, ref RandomStream random)
    {
        (_, int height, int width) = ImageShape.Require(shape, Name);
        (int newHeight, int newWidth) = Size.Count == 0 ? (height, width) : (Size[0], Size[^1]);
        int top = random.NextInt32(height + (2 * Padding) - newHeight + 1) - Padding;
        int left = random.NextInt32(width + (2 * Padding) - newWidth + 1) - Padding;
        output.Fill(fill);
        int from = Math.Max(0, left);
        int length = Math.Min(width, left + newWidth) - from;
        for (int row = 0; row < output.Length / newWidth && length > 0; row++)
        {
            int y = top + (row % newHeight);
            if (y >= 0 && y < height)
            {
                input.Slice((((row / newHeight * height) + y) * width) + from, length).CopyTo(output[((row * newWidth) + from - left)..]);
            }
        }
    }
}
