using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Mirrors an image top to bottom, at random.</summary>
[Transform("vertical_flip")]
public sealed record VerticalFlip : Transform, IMaskTransform
{
    /// <summary>The probability that a sample is mirrored.</summary>
    [Range(0.0, 1.0)]
    public double P { get; init; } = 0.5;

    /// <inheritdoc/>
    protected internal override bool IsRandom => true;

    /// <inheritdoc/>
    public override SampleShape Transformed(SampleShape input)
    {
        ImageShape.Require(input, "vertical_flip");
        return input;
    }

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random) => Flip(input, output, shape, ref random);

    /// <inheritdoc/>
    public void ApplyToMask(ReadOnlySpan<byte> mask, Span<byte> output, SampleShape shape, ref RandomStream random) => Flip(mask, output, shape, ref random);

    private void Flip<T>(ReadOnlySpan<T> input, Span<T> output, SampleShape shape, ref RandomStream random)
    {
        (_, int height, int width) = ImageShape.Require(shape, "vertical_flip");
        if (random.NextDouble() >= P)
        {
            input.CopyTo(output);
            return;
        }

        for (int row = 0; row < output.Length / width; row++)
        {
            int from = (row / height * height) + (height - 1 - (row % height));
            input.Slice(from * width, width).CopyTo(output[(row * width)..]);
        }
    }
}
