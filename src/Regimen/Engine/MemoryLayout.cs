using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Converts images to another memory layout.</summary>
internal static class MemoryLayout
{
    /// <summary>Converts images <c>[batch, channels, height, width]</c> to the layout with the channels of a pixel next to each other (PyTorch's
    /// <c>memory_format=torch.channels_last</c>), with the same shape and values. Convolution, pooling and normalisation keep the layout, which
    /// makes pooling several times faster on the CPU.</summary>
    /// <remarks>With one channel both layouts are the same bytes: nothing is copied, and the result shares the input's memory. TorchSharp has no
    /// API for this layout.</remarks>
    public static Tensor ChannelsLast(Tensor images)
    {
        long[] shape = images.shape;
        if (shape.Length != 4)
        {
            throw new ArgumentException($"Expected [batch, channels, height, width]; received [{string.Join(", ", shape)}].", nameof(images));
        }

        if (shape[1] == 1 && images.is_contiguous())
        {
            return images.as_strided(shape, [shape[2] * shape[3], 1, shape[3], 1]);
        }

        using Tensor moved = images.permute(0, 2, 3, 1);
        using Tensor packed = moved.contiguous();
        return packed.permute(0, 3, 1, 2);
    }
}
