using Regimen.Data;
using Regimen.Engine;

namespace Regimen.Transforms;

/// <summary>The operations that the policies choose from.</summary>
internal enum AugmentationOperation
{
    Identity,
    ShearX,
    ShearY,
    TranslateX,
    TranslateY,
    Rotate,
    Brightness,
    Color,
    Contrast,
    Sharpness,
    Posterize,
    Solarize,
    AutoContrast,
    Equalize,
}

/// <summary>Applies an operation of a policy with a magnitude, in torchvision's units.</summary>
internal static class AugmentationOperations
{
    /// <summary>Changes an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="magnitude">A tangent for shears, pixels for translations, degrees for a rotation, the difference of a factor to 1, bits, or a
    /// level.</param>
    /// <param name="interpolation">How a pixel between others is computed.</param>
    /// <param name="fill">The level of pixels from outside.</param>
    public static void Apply(PixelImage image, AugmentationOperation operation, float magnitude, PixelInterpolation interpolation, byte fill)
    {
        switch (operation)
        {
            case AugmentationOperation.ShearX:
                AffineMap.Of(0, shearX: Degrees(magnitude), centreX: -0.5 * image.Width, centreY: -0.5 * image.Height).Apply(image, interpolation, fill);
                break;
            case AugmentationOperation.ShearY:
                AffineMap.Of(0, shearY: Degrees(magnitude), centreX: -0.5 * image.Width, centreY: -0.5 * image.Height).Apply(image, interpolation, fill);
                break;
            case AugmentationOperation.TranslateX:
                AffineMap.Of(0, shiftX: (int)magnitude).Apply(image, interpolation, fill);
                break;
            case AugmentationOperation.TranslateY:
                AffineMap.Of(0, shiftY: (int)magnitude).Apply(image, interpolation, fill);
                break;
            case AugmentationOperation.Rotate:
                // Counter-clockwise, against the direction of an affine map.
                AffineMap.Of(-magnitude).Apply(image, interpolation, fill);
                break;
            case AugmentationOperation.Brightness:
                Levels.Brightness(image, 1.0 + magnitude);
                break;
            case AugmentationOperation.Color:
                Colors.Saturation(image, 1.0 + magnitude);
                break;
            case AugmentationOperation.Contrast:
                Levels.Contrast(image, 1.0 + magnitude);
                break;
            case AugmentationOperation.Sharpness:
                Neighbours.Sharpness(image, 1.0 + magnitude);
                break;
            case AugmentationOperation.Posterize:
                Levels.Posterize(image, (int)magnitude);
                break;
            case AugmentationOperation.Solarize:
                Levels.Solarize(image, magnitude);
                break;
            case AugmentationOperation.AutoContrast:
                Levels.AutoContrast(image);
                break;
            case AugmentationOperation.Equalize:
                Levels.Equalize(image);
                break;
            default:
                break;
        }
    }

    /// <summary>Applies an operation to the mask of an image: only shears, translations and rotations move its pixels. The nearest pixel is
    /// taken, and pixels from outside are ignored.</summary>
    public static void ApplyToMask(PixelImage mask, AugmentationOperation operation, float magnitude)
    {
        if (operation is AugmentationOperation.ShearX or AugmentationOperation.ShearY or AugmentationOperation.TranslateX or AugmentationOperation.TranslateY
            or AugmentationOperation.Rotate)
        {
            Apply(mask, operation, magnitude, PixelInterpolation.Nearest, MaskTarget.Ignored);
        }
    }

    private static double Degrees(float tangent) => PortableFunctions.Atan(tangent) * 180 / Math.PI;
}
