using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Images <c>[batch, channels, height, width]</c> with the channels of a pixel next to each other in memory, as Regimen's kernels take
/// them.</summary>
internal static unsafe class ImageLayout
{
    /// <summary>Returns the images in this layout: themselves, or a copy.</summary>
    public static Tensor Of(Tensor images) => IsDense(images) ? images : MemoryLayout.ChannelsLast(images);

    /// <summary>Returns new images in this layout, without values.</summary>
    public static Tensor Empty(long batch, long channels, long height, long width)
        => empty_strided([batch, channels, height, width], [height * width * channels, 1, width * channels, channels]);

    /// <summary>Returns the address of the first value of images in this layout.</summary>
    public static float* Pointer(Tensor images)
    {
        using Tensor moved = images.permute(0, 2, 3, 1);
        return TensorMemory.Pointer<float>(moved);
    }

    private static bool IsDense(Tensor images)
    {
        using Tensor moved = images.permute(0, 2, 3, 1);
        return moved.is_contiguous();
    }
}
