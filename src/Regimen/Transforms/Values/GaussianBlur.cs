using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Smooths an image with a Gaussian kernel of a random width, at random.</summary>
[Transform("gaussian_blur")]
public sealed record GaussianBlur : PixelTransform, IMaskTransform
{
    private const string Name = "gaussian_blur";

    /// <summary>The probability that a sample is smoothed.</summary>
    [Range(0.0, 1.0)]
    public double P { get; init; } = 0.5;

    /// <summary>The size of the kernel in pixels, odd: one number, or height and width.</summary>
    [Length(1, 2)]
    [Range(1, 101)]
    public IReadOnlyList<int> KernelSize { get; init; } = [5];

    /// <summary>The minimum and maximum standard deviation of the kernel, in pixels.</summary>
    [Length(2, 2)]
    public IReadOnlyList<double> Sigma { get; init; } = [0.1, 2];

    /// <inheritdoc/>
    public override SampleShape Transformed(SampleShape input)
    {
        (_, int height, int width) = ImageShape.Require(base.Transformed(input), Name);
        ImageShape.RequireRange(Sigma, 0.001, Name, "sigma");
        return KernelSize.All(k => k % 2 == 1) && KernelSize[0] / 2 < height && KernelSize[^1] / 2 < width ? input : throw new RequestException(
            new Problem($"{Name} needs another kernel")
            {
                Expected = $"`kernel_size` of odd numbers below twice the image's {height} × {width}",
                Received = $"[{string.Join(", ", KernelSize)}]",
            });
    }

    private protected override void Change(PixelImage image, ref RandomStream random)
    {
        if (Happens(P, ref random))
        {
            Neighbours.GaussianBlur(image, KernelSize[0], KernelSize[^1], Between(Sigma[0], Sigma[1], ref random));
        }
    }

    /// <inheritdoc/>
    public bool Equals(GaussianBlur? other)
        => other is not null && P == other.P && KernelSize.SequenceEqual(other.KernelSize) && Sigma.SequenceEqual(other.Sigma);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(P, KernelSize.Count, KernelSize[0], Sigma[0]);
}
