using Regimen.Data;

namespace Regimen.Transforms;

/// <summary>What transforms of images ask of a sample's shape.</summary>
internal static class ImageShape
{
    /// <summary>Refuses what is no image.</summary>
    /// <exception cref="RequestException">The shape is not <c>[channels, height, width]</c>.</exception>
    public static (int Channels, int Height, int Width) Require(SampleShape shape, string transform)
        => shape.Rank == 3
            ? (shape.Dimensions[0], shape.Dimensions[1], shape.Dimensions[2])
            : throw new RequestException(new Problem($"{transform} is for images")
            {
                Expected = "samples of three dimensions: channels, height, width",
                Received = $"samples {shape}",
            });

    /// <summary>The height and the width that a list of one or two numbers stands for: one for a square.</summary>
    /// <exception cref="RequestException">A number is below 1.</exception>
    public static (int Height, int Width) Size(IReadOnlyList<int> size, string transform)
        => size.Count is 1 or 2 && size.All(s => s is >= 1 and <= 16_384)
            ? (size[0], size[^1])
            : throw new RequestException(new Problem($"{transform} needs a size")
            {
                Expected = "one number for a square, or height and width, each from 1 to 16384",
                Received = $"[{string.Join(", ", size)}]",
            });

    /// <summary>Refuses a pair of bounds whose first is not below or at the second, or below a least value.</summary>
    /// <exception cref="RequestException">The pair is no range.</exception>
    public static void RequireRange(IReadOnlyList<double> range, double least, string transform, string key)
    {
        if (range.Count != 2 || !(range[0] >= least) || !(range[1] >= range[0]) || !double.IsFinite(range[1]))
        {
            throw new RequestException(new Problem($"{transform} needs a range")
            {
                Expected = FormattableString.Invariant($"`{key}` as [least, most], from {least} on"),
                Received = FormattableString.Invariant($"[{string.Join(", ", range)}]"),
            });
        }
    }
}
