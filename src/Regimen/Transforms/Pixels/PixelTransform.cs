using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>The base of random transforms that compute on bytes, as torchvision does for images: pixels are rounded to 256 levels, and values
/// outside 0 to 1 are limited.</summary>
public abstract record PixelTransform : Transform
{
    /// <inheritdoc/>
    protected internal sealed override bool IsRandom => true;

    /// <inheritdoc/>
    public override SampleShape Transformed(SampleShape input)
    {
        string name = Describe()["name"]!.GetValue<string>();
        (int channels, _, _) = ImageShape.Require(input, name);
        return channels is 1 or 3 ? input : throw new RequestException(new Problem($"{name} is for greyscale and colour images")
        {
            Expected = "1 or 3 channels",
            Received = $"{channels}",
        });
    }

    /// <inheritdoc/>
    public sealed override void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random)
    {
        (int channels, int height, int width) = ImageShape.Require(shape, nameof(PixelTransform));
        using var image = new PixelImage(channels, height, width);
        image.Read(input);
        Change(image, ref random);
        image.Write(output);
    }

    /// <summary>Changes one image.</summary>
    private protected abstract void Change(PixelImage image, ref RandomStream random);

    /// <summary>Draws whether something of this probability happens.</summary>
    private protected static bool Happens(double p, ref RandomStream random) => random.NextDouble() < p;

    /// <summary>Draws a number between two.</summary>
    private protected static double Between(double least, double most, ref RandomStream random) => least + ((most - least) * random.NextDouble());
}
