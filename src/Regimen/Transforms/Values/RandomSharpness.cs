using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Sharpens or smooths an image, at random.</summary>
[Transform("random_sharpness")]
public sealed record RandomSharpness : PixelTransform, IMaskTransform
{
    /// <summary>The probability that a sample is changed.</summary>
    [Range(0.0, 1.0)]
    public double P { get; init; } = 0.5;

    /// <summary>0 for a smoothed image, 1 for the image itself, 2 for twice its sharpness.</summary>
    [Range(0.0, 100.0)]
    public double Factor { get; init; } = 2;

    private protected override void Change(PixelImage image, ref RandomStream random)
    {
        if (Happens(P, ref random))
        {
            Neighbours.Sharpness(image, Factor);
        }
    }
}
