using Regimen.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>The outputs and masks of objectives for a semantic segmentation.</summary>
internal static class PixelTargets
{
    /// <summary>Throws unless the model predicts logits for each pixel of the masks.</summary>
    /// <exception cref="RequestException">The shapes do not fit, or the target is not a mask.</exception>
    public static void Check(Tensor output, Tensor target)
    {
        bool isMask = target.dtype == ScalarType.Int64 && target.dim() == 3;
        if (!isMask || output.dim() != 4 || output.size(0) != target.size(0) || output.size(2) != target.size(1) || output.size(3) != target.size(2))
        {
            throw new RequestException(new Problem("The model does not predict a class for each pixel")
            {
                Expected = isMask ? $"logits [{target.size(0)}, classes, {target.size(1)}, {target.size(2)}]" : "masks, int64 [batch, height, width]",
                Received = $"[{string.Join(", ", isMask ? output.shape : target.shape)}]",
                Hint = isMask ? "Choose a model that keeps the size of an image, such as model=unet." : "Choose data with masks, such as data=segmentation.",
            });
        }
    }

    /// <summary>Returns the masks with the pixels of an ignored class marked as <see cref="MaskTarget.Ignored"/>.</summary>
    /// <param name="target">The masks.</param>
    /// <param name="ignored">The class; null for none.</param>
    public static Tensor Marked(Tensor target, long? ignored)
    {
        if (ignored is not { } index || index == MaskTarget.Ignored)
        {
            return target;
        }

        using Scalar value = index;
        using Scalar mark = (long)MaskTarget.Ignored;
        return target.masked_fill(target.eq(value), mark);
    }
}
