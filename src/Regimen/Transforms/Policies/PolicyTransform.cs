using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>The base of policies: transforms that choose among operations on bytes.</summary>
public abstract record PolicyTransform : PixelTransform
{
    private readonly ConcurrentDictionary<(int Height, int Width), AugmentationChoice[]> _spaces = [];

    /// <summary>Creates a policy with the defaults.</summary>
    protected PolicyTransform()
    {
    }

    /// <summary>Copies a policy for a <c>with</c>; the operations depend on its keys, and are not copied.</summary>
    protected PolicyTransform(PolicyTransform original)
        : base(original)
        => (_spaces, Interpolation, Fill) = ([], original.Interpolation, original.Fill);

    /// <summary>How pixels that fall between others are computed when an image is sheared, shifted or rotated.</summary>
    public PixelInterpolation Interpolation { get; init; } = PixelInterpolation.Nearest;

    /// <summary>The value of pixels from outside the image, from 0 to 1.</summary>
    [Range(0.0, 1.0)]
    public double Fill { get; init; }

    /// <summary>The level of pixels from outside the image.</summary>
    private protected byte FillLevel => (byte)Math.Round(Fill * 255);

    /// <summary>The operations for images of this size, computed once.</summary>
    private protected AugmentationChoice[] SpaceFor(PixelImage image) => _spaces.GetOrAdd((image.Height, image.Width), size => Space(size.Height, size.Width));

    /// <summary>Applies operations to a mask.</summary>
    /// <param name="mask">The mask, <c>[height, width]</c>.</param>
    /// <param name="output">The mask afterwards.</param>
    /// <param name="shape">The shape of the image.</param>
    /// <param name="count">The number of operations.</param>
    /// <param name="random">The stream that the image's operations are drawn from.</param>
    private protected void ApplyToMask(ReadOnlySpan<byte> mask, Span<byte> output, SampleShape shape, int count, ref RandomStream random)
    {
        using var image = new PixelImage(1, shape.Dimensions[1], shape.Dimensions[2]);
        mask.CopyTo(image.Pixels);
        AugmentationChoice[] space = SpaceFor(image);
        for (int i = 0; i < count; i++)
        {
            (AugmentationOperation operation, float magnitude) = Draw(space, ref random);
            AugmentationOperations.ApplyToMask(image, operation, magnitude);
        }

        image.Pixels.CopyTo(output);
    }

    /// <summary>Draws an operation and its magnitude, for policies that apply one operation after the other.</summary>
    private protected virtual (AugmentationOperation Operation, float Magnitude) Draw(AugmentationChoice[] space, ref RandomStream random)
        => throw new NotSupportedException("The policy applies its operations in another way.");

    private protected abstract AugmentationChoice[] Space(int height, int width);

    /// <inheritdoc/>
    public virtual bool Equals(PolicyTransform? other)
        => other is not null && EqualityContract == other.EqualityContract && Interpolation == other.Interpolation && Fill == other.Fill;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(EqualityContract, Interpolation, Fill);
}
