namespace Regimen.Data;

/// <summary>The target of a semantic segmentation: a mask, the class of each pixel of an image. A data set holds one byte for each pixel, a batch
/// int64 <c>[batch, height, width]</c>.</summary>
public static class MaskTarget
{
    /// <summary>The value of pixels that have no class: loss and metrics leave them out. Geometric transforms give it to pixels from outside the
    /// image.</summary>
    public const byte Ignored = byte.MaxValue;

    /// <summary>The largest number of classes of a mask: every other value of a byte.</summary>
    public const int MostClasses = Ignored;

    /// <summary>The field of a mask.</summary>
    /// <param name="height">The height of the image.</param>
    /// <param name="width">The width of the image.</param>
    public static Field Of(int height, int width) => new(Field.Target, new SampleShape(height, width), ElementType.UInt8) { AsIndices = true };
}
