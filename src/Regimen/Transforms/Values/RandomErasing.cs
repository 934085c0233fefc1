using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Erases a random rectangle of an image, at random (Zhong et al., "Random Erasing Data Augmentation", 2017).</summary>
[Transform("random_erasing")]
public sealed record RandomErasing : Transform, IMaskTransform
{
    private const string Name = "random_erasing";

    // A rectangle that does not fit into the image is drawn again; after this many attempts the image stays unchanged.
    private const int Attempts = 10;

    /// <summary>The probability that a sample has a rectangle erased.</summary>
    [Range(0.0, 1.0)]
    public double P { get; init; } = 0.5;

    /// <summary>The minimum and maximum area, as a fraction of the image's area.</summary>
    [Length(2, 2)]
    public IReadOnlyList<double> Scale { get; init; } = [0.02, 0.33];

    /// <summary>The minimum and maximum ratio of height to width.</summary>
    [Length(2, 2)]
    public IReadOnlyList<double> Ratio { get; init; } = [0.3, 3.3];

    /// <summary>The value of the erased pixels.</summary>
    public double Value { get; init; }

    /// <inheritdoc/>
    protected internal override bool IsRandom => true;

    /// <inheritdoc/>
    public override SampleShape Transformed(SampleShape input)
    {
        ImageShape.Require(input, Name);
        ImageShape.RequireRange(Scale, 0, Name, "scale");
        ImageShape.RequireRange(Ratio, 0.001, Name, "ratio");
        return input;
    }

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random)
    {
        (int channels, int height, int width) = ImageShape.Require(shape, Name);
        input.CopyTo(output);
        if (random.NextDouble() >= P)
        {
            return;
        }

        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double area = height * width * (Scale[0] + ((Scale[1] - Scale[0]) * random.NextDouble()));
            double ratio = PortableFunctions.Exp(PortableFunctions.Log(Ratio[0]) + (PortableFunctions.Log(Ratio[1] / Ratio[0]) * random.NextDouble()));
            int tall = (int)Math.Round(Math.Sqrt(area * ratio));
            int wide = (int)Math.Round(Math.Sqrt(area / ratio));
            if (tall < height && wide < width)
            {
                Paint(output, channels, height, width, random.NextInt32(height - tall + 1), random.NextInt32(width - wide + 1), tall, wide);
                return;
            }
        }
    }

    private void Paint(Span<float> image, int channels, int height, int width, int top, int left, int tall, int wide)
    {
        for (int row = 0; row < channels * tall; row++)
        {
            int y = (row / tall * height) + top + (row % tall);
            image.Slice((y * width) + left, wide).Fill((float)Value);
        }
    }
}
