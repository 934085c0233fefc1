using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Changes brightness, contrast, saturation and hue by random amounts, in a random order. Saturation and hue leave an image of one channel as
/// it is.</summary>
[Transform("color_jitter")]
public sealed record ColorJitter : PixelTransform, IMaskTransform
{
    /// <summary>The largest change of the brightness: its factor is drawn from 1 − brightness (0 at least) to 1 + brightness.</summary>
    [Range(0.0, 100.0)]
    public double Brightness { get; init; } = 0.4;

    /// <summary>The largest change of the contrast, a factor likewise.</summary>
    [Range(0.0, 100.0)]
    public double Contrast { get; init; } = 0.4;

    /// <summary>The largest change of the saturation, a factor likewise.</summary>
    [Range(0.0, 100.0)]
    public double Saturation { get; init; } = 0.4;

    /// <summary>The largest turn of the hue to either side, as a part of a whole turn.</summary>
    [Range(0.0, 0.5)]
    public double Hue { get; init; } = 0.1;

    private protected override void Change(PixelImage image, ref RandomStream random)
    {
        Span<int> order = [0, 1, 2, 3];
        random.Shuffle(order);
        double brightness = Factor(Brightness, ref random);
        double contrast = Factor(Contrast, ref random);
        double saturation = Factor(Saturation, ref random);
        double turn = Between(-Hue, Hue, ref random);
        foreach (int operation in order)
        {
            switch (operation)
            {
                case 0 when Brightness > 0:
                    Levels.Brightness(image, brightness);
                    break;
                case 1 when Contrast > 0:
                    Levels.Contrast(image, contrast);
                    break;
                case 2 when Saturation > 0:
                    Colors.Saturation(image, saturation);
                    break;
                case 3 when Hue > 0:
                    Colors.Hue(image, turn);
                    break;
                default:
                    break;
            }
        }
    }

    private static double Factor(double most, ref RandomStream random) => Between(Math.Max(0, 1 - most), 1 + most, ref random);
}
