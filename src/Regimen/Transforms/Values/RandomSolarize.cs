using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Inverts the pixels from a threshold on, at random.</summary>
[Transform("random_solarize")]
public sealed record RandomSolarize : PixelTransform, IMaskTransform
{
    /// <summary>The probability that a sample is changed.</summary>
    [Range(0.0, 1.0)]
    public double P { get; init; } = 0.5;

    /// <summary>The threshold, from 0 to 1.</summary>
    [Range(0.0, 1.0)]
    public double Threshold { get; init; } = 0.5;

    private protected override void Change(PixelImage image, ref RandomStream random)
    {
        if (Happens(P, ref random))
        {
            Levels.Solarize(image, Threshold * 255);
        }
    }
}
