using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>How images lie in memory.</summary>
public static class MemoryLayout
{
    /// <summary>Images <c>[batch, channels, height, width]</c> with the channels of a pixel side by side (PyTorch's
    /// <c>memory_format=torch.channels_last</c>): same shape, same values. What convolutions, pooling and normalisation make of them lies
    /// so too, which on the CPU spares pooling most of its time.</summary>
    /// <remarks>With one channel both layouts are the same bytes, and nothing is copied: the result sees the input's memory. TorchSharp
    /// has no name for this layout.</remarks>
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
