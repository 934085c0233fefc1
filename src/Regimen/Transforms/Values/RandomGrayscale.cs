using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Replaces the colours of an image by their luma, at random; its channels stay three. An image of one channel stays as it is.</summary>
[Transform("random_grayscale")]
public sealed record RandomGrayscale : PixelTransform, IMaskTransform
{
    /// <summary>The probability that a sample is changed.</summary>
    [Range(0.0, 1.0)]
    public double P { get; init; } = 0.1;

    private protected override void Change(PixelImage image, ref RandomStream random)
    {
        if (Happens(P, ref random))
        {
            Colors.Grayscale(image);
        }
    }
}
