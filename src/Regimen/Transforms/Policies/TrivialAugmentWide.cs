using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Applies one operation of a random strength, both drawn anew for each sample; it has nothing to tune (Müller, Hutter, "TrivialAugment:
/// Tuning-free Yet State-of-the-Art Data Augmentation", 2021).</summary>
[Transform("trivial_augment_wide")]
public sealed record TrivialAugmentWide : PolicyTransform
{
    private const int Bins = 31;

    private protected override AugmentationChoice[] Space(int height, int width) => AugmentationSpace.TrivialWide(Bins);

    private protected override void Change(PixelImage image, ref RandomStream random)
    {
        AugmentationChoice[] space = SpaceFor(image);
        AugmentationChoice choice = space[random.NextInt32(space.Length)];
        int bin = random.NextInt32(Bins);
        AugmentationOperations.Apply(image, choice.Operation, choice.Draw(bin, ref random), Interpolation, FillLevel);
    }
}
