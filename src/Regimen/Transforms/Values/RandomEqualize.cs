using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Makes all levels of each channel about equally frequent, at random.</summary>
[Transform("random_equalize")]
public sealed record RandomEqualize : PixelTransform, IMaskTransform
{
    /// <summary>The probability that a sample is changed.</summary>
    [Range(0.0, 1.0)]
    public double P { get; init; } = 0.5;

    private protected override void Change(PixelImage image, ref RandomStream random)
    {
        if (Happens(P, ref random))
        {
            Levels.Equalize(image);
        }
    }
}
