using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Keeps the upper bits of each pixel, at random.</summary>
[Transform("random_posterize")]
public sealed record RandomPosterize : PixelTransform, IMaskTransform
{
    /// <summary>The probability that a sample is changed.</summary>
    [Range(0.0, 1.0)]
    public double P { get; init; } = 0.5;

    /// <summary>The number of bits that are kept.</summary>
    [Range(0, 8)]
    public int Bits { get; init; } = 4;

    private protected override void Change(PixelImage image, ref RandomStream random)
    {
        if (Happens(P, ref random))
        {
            Levels.Posterize(image, Bits);
        }
    }
}
