using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Applies operations drawn anew for each sample, all of one strength (Cubuk et al., "RandAugment: Practical Automated Data Augmentation with a
/// Reduced Search Space", 2020).</summary>
[Transform("rand_augment")]
public sealed record RandAugment : PolicyTransform, IMaskTransform
{
    private const int Bins = 31;

    /// <summary>The number of operations.</summary>
    [Range(1, 16)]
    public int Operations { get; init; } = 2;

    /// <summary>The strength: 0 for the weakest, 30 for the strongest.</summary>
    [Range(0, Bins - 1)]
    public int Magnitude { get; init; } = 9;

    /// <inheritdoc/>
    public void ApplyToMask(ReadOnlySpan<byte> mask, Span<byte> output, SampleShape shape, ref RandomStream random)
        => ApplyToMask(mask, output, shape, Operations, ref random);

    private protected override AugmentationChoice[] Space(int height, int width) => AugmentationSpace.RandAugment(Bins, height, width);

    private protected override void Change(PixelImage image, ref RandomStream random)
    {
        AugmentationChoice[] space = SpaceFor(image);
        for (int i = 0; i < Operations; i++)
        {
            (AugmentationOperation operation, float magnitude) = Draw(space, ref random);
            AugmentationOperations.Apply(image, operation, magnitude, Interpolation, FillLevel);
        }
    }

    private protected override (AugmentationOperation Operation, float Magnitude) Draw(AugmentationChoice[] space, ref RandomStream random)
    {
        AugmentationChoice choice = space[random.NextInt32(space.Length)];
        return (choice.Operation, choice.Draw(Magnitude, ref random));
    }
}
