using Regimen.Data;

namespace Regimen.Transforms;

/// <summary>Checks shapes and sizes for transforms of images.</summary>
internal static class ImageShape
{
    /// <summary>Returns the dimensions of an image; refuses any other shape.</summary>
    /// <exception cref="RequestException">The shape is not <c>[channels, height, width]</c>.</exception>
    public static (int Channels, int Height, int Width) Require(SampleShape shape, string transform)
        => shape.Rank == 3
            ? (shape.Dimensions[0], shape.Dimensions[1], shape.Dimensions[2])
            : throw new RequestException(new Problem($"{transform} is for images")
            {
                Expected = "samples of three dimensions: channels, height, width",
                Received = $"samples {shape}",
            });

    /// <summary>Returns the height and the width of a list of one or two numbers; one number is a square.</summary>
    /// <exception cref="RequestException">A number is below 1.</exception>
    public static (int Height, int Width) Size(IReadOnlyList<int> size, string transform)
        => size.Count is 1 or 2 && size.All(s => s is >= 1 and <= 16_384)
            ? (size[0], size[^1])
            : throw new RequestException(new Problem($"{transform} needs a size")
            {
                Expected = "one number for a square, or height and width, each from 1 to 16384",
                Received = $"[{string.Join(", ", size)}]",
            });

    /// <summary>Checks that a list is a range: two numbers, the first at least <paramref name="least"/> and at most the second.</summary>
    /// <exception cref="RequestException">The list is not a range.</exception>
    public static void RequireRange(IReadOnlyList<double> range, double least, string transform, string key)
    {
        if (range.Count != 2 || !(range[0] >= least) || !(range[1] >= range[0]) || !double.IsFinite(range[1]))
        {
            throw new RequestException(new Problem($"{transform} needs a range")
            {
                Expected = FormattableString.Invariant($"`{key}` as [minimum, maximum], at least {least}"),
                Received = FormattableString.Invariant($"[{string.Join(", ", range)}]"),
            });
        }
    }
}
