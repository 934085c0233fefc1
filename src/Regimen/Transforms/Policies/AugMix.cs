using System.Buffers;
using System.ComponentModel.DataAnnotations;
using Regimen.Engine;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Mixes an image with the results of several short chains of operations (Hendrycks et al., "AugMix: A Simple Data Processing Method to Improve
/// Robustness and Uncertainty", 2020); without the paper's additional loss.</summary>
[Transform("aug_mix")]
public sealed record AugMix : PolicyTransform
{
    private const int Bins = 10;
    private const int LongestDrawnChain = 3;

    /// <summary>Creates the policy with its defaults; shears, shifts and rotations are bilinear.</summary>
    public AugMix() => Interpolation = PixelInterpolation.Bilinear;

    /// <summary>The greatest strength of an operation: 1 for the weakest, 10 for the strongest.</summary>
    [Range(1, Bins)]
    public int Severity { get; init; } = 3;

    /// <summary>The number of chains.</summary>
    [Range(1, 16)]
    public int MixtureWidth { get; init; } = 3;

    /// <summary>The number of operations of a chain; null for a random number from 1 to 3.</summary>
    [Range(1, 16)]
    public int? ChainDepth { get; init; }

    /// <summary>The weights are drawn from the Dirichlet distribution with this parameter: a small one prefers few chains.</summary>
    [Range(0.001, 1000.0)]
    public double Alpha { get; init; } = 1;

    /// <summary>Whether brightness, saturation, contrast and sharpness are among the operations; the paper leaves them out where a test set of
    /// corruptions has them.</summary>
    public bool AllOperations { get; init; } = true;

    private protected override AugmentationChoice[] Space(int height, int width) => AugmentationSpace.AugMix(Bins, height, width, AllOperations);

    private protected override void Change(PixelImage image, ref RandomStream random)
    {
        AugmentationChoice[] space = SpaceFor(image);
        double own = random.NextBeta(Alpha, Arithmetic.IsPortable);
        Span<double> weights = stackalloc double[MixtureWidth];
        random.NextDirichlet(Alpha, weights, Arithmetic.IsPortable);
        int length = image.Pixels.Length;
        float[] mixed = ArrayPool<float>.Shared.Rent(length);
        mixed.AsSpan(0, length).Clear();
        Add(image.Pixels, (float)own, mixed);
        using var chained = new PixelImage(image.Channels, image.Height, image.Width);
        foreach (double weight in weights)
        {
            image.CopyTo(chained);
            int depth = ChainDepth ?? 1 + random.NextInt32(LongestDrawnChain);
            for (int i = 0; i < depth; i++)
            {
                AugmentationChoice choice = space[random.NextInt32(space.Length)];
                int bin = random.NextInt32(Severity);
                AugmentationOperations.Apply(chained, choice.Operation, choice.Draw(bin, ref random), Interpolation, FillLevel);
            }

            Add(chained.Pixels, (float)(weight * (1 - own)), mixed);
        }

        Span<byte> pixels = image.Pixels;
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)Math.Clamp(mixed[i], 0f, 255f);
        }

        ArrayPool<float>.Shared.Return(mixed);
    }

    private static void Add(ReadOnlySpan<byte> pixels, float weight, float[] sums)
    {
        for (int i = 0; i < pixels.Length; i++)
        {
            sums[i] += pixels[i] * weight;
        }
    }
}
