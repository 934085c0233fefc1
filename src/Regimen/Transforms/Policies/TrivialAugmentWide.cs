using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Applies one operation of a random strength, both drawn anew for each sample; it has nothing to tune (Müller, Hutter, "TrivialAugment:
/// Tuning-free Yet State-of-the-Art Data Augmentation", 2021).</summary>
[Transform("trivial_augment_wide")]
public sealed record TrivialAugmentWide : PolicyTransform, IMaskTransform
{
    private const int Bins = 31;

    /// <inheritdoc/>
    public void ApplyToMask(ReadOnlySpan<byte> mask, Span<byte> output, SampleShape shape, ref RandomStream random)
        => ApplyToMask(mask, output, shape, count: 1, ref random);

    private protected override AugmentationChoice[] Space(int height, int width) => AugmentationSpace.TrivialWide(Bins);

    private protected override void Change(PixelImage image, ref RandomStream random)
    {
        (AugmentationOperation operation, float magnitude) = Draw(SpaceFor(image), ref random);
        AugmentationOperations.Apply(image, operation, magnitude, Interpolation, FillLevel);
    }

    private protected override (AugmentationOperation Operation, float Magnitude) Draw(AugmentationChoice[] space, ref RandomStream random)
    {
        AugmentationChoice choice = space[random.NextInt32(space.Length)];
        int bin = random.NextInt32(Bins);
        return (choice.Operation, choice.Draw(bin, ref random));
    }
}
