using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>An operation with the magnitude of each bin.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Magnitudes">The magnitude of each bin; none for an operation without a magnitude.</param>
/// <param name="IsSigned">Whether the sign of the magnitude is drawn.</param>
internal sealed record AugmentationChoice(AugmentationOperation Operation, float[] Magnitudes, bool IsSigned)
{
    /// <summary>Returns the magnitude of a bin, with a drawn sign where it has one.</summary>
    public float Draw(int bin, ref RandomStream random)
    {
        float magnitude = Magnitudes.Length == 0 ? 0 : Magnitudes[bin];
        return IsSigned && random.NextInt32(2) == 1 ? -magnitude : magnitude;
    }
}

/// <summary>The operations of each policy and their magnitudes, those of torchvision.</summary>
internal static class AugmentationSpace
{
    /// <summary>The operations of RandAugment, for images of this size.</summary>
    public static AugmentationChoice[] RandAugment(int bins, int height, int width) =>
    [
        Fixed(AugmentationOperation.Identity),
        Signed(AugmentationOperation.ShearX, 0.3, bins),
        Signed(AugmentationOperation.ShearY, 0.3, bins),
        Signed(AugmentationOperation.TranslateX, 150.0 / 331.0 * width, bins),
        Signed(AugmentationOperation.TranslateY, 150.0 / 331.0 * height, bins),
        Signed(AugmentationOperation.Rotate, 30, bins),
        .. Enhancements(0.9, bins),
        new AugmentationChoice(AugmentationOperation.Posterize, Bits(8, 4, bins), IsSigned: false),
        .. LevelOperations(bins),
    ];

    /// <summary>The operations of TrivialAugment in its wide form.</summary>
    public static AugmentationChoice[] TrivialWide(int bins) =>
    [
        Fixed(AugmentationOperation.Identity),
        Signed(AugmentationOperation.ShearX, 0.99, bins),
        Signed(AugmentationOperation.ShearY, 0.99, bins),
        Signed(AugmentationOperation.TranslateX, 32, bins),
        Signed(AugmentationOperation.TranslateY, 32, bins),
        Signed(AugmentationOperation.Rotate, 135, bins),
        .. Enhancements(0.99, bins),
        new AugmentationChoice(AugmentationOperation.Posterize, Bits(8, 6, bins), IsSigned: false),
        .. LevelOperations(bins),
    ];

    /// <summary>The operations of AugMix, for images of this size.</summary>
    public static AugmentationChoice[] AugMix(int bins, int height, int width, bool allOperations) =>
    [
        Signed(AugmentationOperation.ShearX, 0.3, bins),
        Signed(AugmentationOperation.ShearY, 0.3, bins),
        Signed(AugmentationOperation.TranslateX, width / 3.0, bins),
        Signed(AugmentationOperation.TranslateY, height / 3.0, bins),
        Signed(AugmentationOperation.Rotate, 30, bins),
        new AugmentationChoice(AugmentationOperation.Posterize, Bits(4, 4, bins), IsSigned: false),
        .. LevelOperations(bins),
        .. allOperations ? Enhancements(0.9, bins) : [],
    ];

    private static AugmentationChoice[] Enhancements(double most, int bins) =>
    [
        Signed(AugmentationOperation.Brightness, most, bins),
        Signed(AugmentationOperation.Color, most, bins),
        Signed(AugmentationOperation.Contrast, most, bins),
        Signed(AugmentationOperation.Sharpness, most, bins),
    ];

    private static AugmentationChoice[] LevelOperations(int bins) =>
    [
        new AugmentationChoice(AugmentationOperation.Solarize, Steps(255, 0, bins), IsSigned: false),
        Fixed(AugmentationOperation.AutoContrast),
        Fixed(AugmentationOperation.Equalize),
    ];

    private static AugmentationChoice Fixed(AugmentationOperation operation) => new(operation, [], IsSigned: false);

    private static AugmentationChoice Signed(AugmentationOperation operation, double most, int bins) => new(operation, Steps(0, most, bins), IsSigned: true);

    private static float[] Bits(int most, int lost, int bins)
        => [.. Enumerable.Range(0, bins).Select(i => (float)(most - (int)MathF.Round(i / (float)((bins - 1) / (double)lost))))];

    /// <summary>Evenly spaced numbers as PyTorch's linspace computes them in float32: from the nearer end.</summary>
    private static float[] Steps(double first, double last, int bins)
    {
        (float start, float end) = ((float)first, (float)last);
        float between = (end - start) / (bins - 1);
        return [.. Enumerable.Range(0, bins).Select(i => i < bins / 2 ? start + (between * i) : end - (between * (bins - 1 - i)))];
    }
}
