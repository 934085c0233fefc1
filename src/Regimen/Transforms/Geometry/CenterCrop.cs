using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Crops the centre of an image.</summary>
[Transform("center_crop")]
public sealed record CenterCrop : Transform, IMaskTransform
{
    private const string Name = "center_crop";

    /// <summary>The size of the crop: one number for a square, or height and width.</summary>
    [Length(1, 2)]
    public required IReadOnlyList<int> Size { get; init; }

    /// <inheritdoc/>
    public override SampleShape Transformed(SampleShape input)
    {
        (int channels, int height, int width) = ImageShape.Require(input, Name);
        (int newHeight, int newWidth) = ImageShape.Size(Size, Name);
        return newHeight <= height && newWidth <= width
            ? new SampleShape(channels, newHeight, newWidth)
            : throw new RequestException(new Problem($"{Name} needs a larger image")
            {
                Expected = $"a size of at most {height} × {width}",
                Received = $"{newHeight} × {newWidth}",
            });
    }

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random)
        => Crop(input, output, shape);

    /// <inheritdoc/>
    public void ApplyToMask(ReadOnlySpan<byte> mask, Span<byte> output, SampleShape shape, ref RandomStream random) => Crop(mask, output, shape);

    private void Crop<T>(ReadOnlySpan<T> input, Span<T> output, SampleShape shape)
    {
        (_, int height, int width) = ImageShape.Require(shape, Name);
        (int newHeight, int newWidth) = (Size[0], Size[^1]);
        (int top, int left) = Corner(height, width, newHeight, newWidth);
        for (int row = 0; row < output.Length / newWidth; row++)
        {
            int from = (((row / newHeight * height) + top + (row % newHeight)) * width) + left;
            input.Slice(from, newWidth).CopyTo(output[(row * newWidth)..]);
        }
    }

    /// <summary>Returns the first row and column of the crop.</summary>
    internal static (int Top, int Left) Corner(int height, int width, int newHeight, int newWidth)
        => ((int)Math.Round((height - newHeight) / 2.0), (int)Math.Round((width - newWidth) / 2.0));
}
