using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Resizes an image, height and width independently, with bilinear interpolation and antialiasing (PyTorch's <c>interpolate</c> with
/// <c>antialias</c>).</summary>
[Transform("resize")]
public sealed record Resize : Transform, IMaskTransform
{
    private const string Name = "resize";
    private FloatResampler? _resampler;

    /// <summary>The new size: one number for a square, or height and width.</summary>
    [Length(1, 2)]
    public required IReadOnlyList<int> Size { get; init; }

    /// <inheritdoc/>
    public override SampleShape Transformed(SampleShape input)
    {
        (int channels, _, _) = ImageShape.Require(input, Name);
        (int newHeight, int newWidth) = ImageShape.Size(Size, Name);
        return new SampleShape(channels, newHeight, newWidth);
    }

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random)
    {
        (int channels, int height, int width) = ImageShape.Require(shape, Name);

        // Created once. If two threads create it at the same time, both are equal.
        FloatResampler? resampler = _resampler;
        if (resampler is null || !resampler.IsFor(height, width))
        {
            _resampler = resampler = new FloatResampler(height, width, Size[0], Size[^1]);
        }

        for (int channel = 0; channel < channels; channel++)
        {
            int newArea = output.Length / channels;
            resampler.Apply(input.Slice(channel * height * width, height * width), output.Slice(channel * newArea, newArea));
        }
    }

    /// <inheritdoc/>
    public void ApplyToMask(ReadOnlySpan<byte> mask, Span<byte> output, SampleShape shape, ref RandomStream random)
    {
        (_, int height, int width) = ImageShape.Require(shape, Name);
        NearestTaps.Resample(mask, width, new(height, Size[0]), new(width, Size[^1]), output);
    }

    /// <inheritdoc/>
    public bool Equals(Resize? other) => other is not null && Size.SequenceEqual(other.Size);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Size.Count, Size[0]);
}
