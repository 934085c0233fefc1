using static TorchSharp.torch;

namespace Regimen.Data;

/// <summary>Converts the rows of a <see cref="BatchBuffer"/> to the tensors of a batch.</summary>
internal static unsafe class BatchRows
{
    /// <summary>Returns a copy of rows, as long as the longest of them and filled up with the padding.</summary>
    /// <param name="field">The field of variable length.</param>
    /// <param name="rows">The rows <c>[samples, longest possible, …]</c>; the padding is written into them.</param>
    /// <param name="memory">The memory of the rows.</param>
    /// <param name="lengths">The checked lengths of the rows.</param>
    public static Tensor Padded(Field field, Tensor rows, void* memory, ReadOnlySpan<int> lengths)
    {
        int capacity = field.Shape.Dimensions[0];
        int longest = 1;
        foreach (int length in lengths)
        {
            longest = Math.Max(longest, length);
        }

        int size = field.Shape.Elements / capacity;
        for (int row = 0; row < lengths.Length; row++)
        {
            int first = ((row * capacity) + lengths[row]) * size;
            int count = (longest - lengths[row]) * size;
            switch (field.Type)
            {
                case ElementType.Float32:
                    new Span<float>((float*)memory + first, count).Fill((float)field.Padding);
                    break;
                case ElementType.Int64:
                    new Span<long>((long*)memory + first, count).Fill((long)field.Padding);
                    break;
                default:
                    new Span<byte>((byte*)memory + first, count).Fill((byte)field.Padding);
                    break;
            }
        }

        using Tensor narrow = rows.narrow(1, 0, longest);
        return narrow.clone();
    }

    /// <summary>Converts bytes to scaled float32 values.</summary>
    /// <param name="bytes">The bytes, <c>[samples, channels, height, width]</c> or with the channels last or none.</param>
    /// <param name="scale">The factors and offsets, one for all or one per channel.</param>
    public static Tensor ToFloats(Tensor bytes, ChannelScale scale)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        Tensor floats = bytes.to(ScalarType.Float32);
        long[] pairs = bytes.dim() == 4 && scale.Scale.Count > 1 ? [1, scale.Scale.Count, 1, 1] : [scale.Scale.Count];
        Tensor factors = tensor(scale.Scale.ToArray()).reshape(pairs).to(bytes.device);
        Tensor offsets = tensor(scale.Offset.ToArray()).reshape(pairs).to(bytes.device);
        return floats.mul_(factors).add_(offsets).MoveToOuterDisposeScope();
    }
}
