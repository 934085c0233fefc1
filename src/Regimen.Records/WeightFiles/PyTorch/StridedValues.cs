using Regimen.Safetensors;

namespace Regimen.WeightFiles;

/// <summary>Reads a view of a storage in row-major order.</summary>
internal static class StridedValues
{
    private const int PieceBytes = 1 << 16;

    /// <param name="file">The file.</param>
    /// <param name="position">The offset of the storage's first byte in the file.</param>
    /// <param name="tensor">The view; it lies within the storage.</param>
    /// <param name="action">Called with pieces of whole elements.</param>
    public static void Read(FileBytes file, long position, PickleTensor tensor, Action<ReadOnlySpan<byte>> action)
    {
        int size = SafetensorsType.SizeOf(tensor.Type)!.Value;
        long elements = SafetensorsHeader.Elements(tensor.Shape)!.Value;
        if (elements == 0)
        {
            return;
        }

        long start = position + (tensor.Offset * size);
        if (IsContiguous(tensor))
        {
            file.ForEachPiece(start, elements * size, action);
            return;
        }

        // The last element, counted from the first.
        long extent = 1 + tensor.Shape.Zip(tensor.Strides, (dimension, stride) => (dimension - 1) * stride).Sum();
        if (extent * size > Array.MaxLength)
        {
            throw new RequestException(new Problem("A tensor above 2 GB that is not contiguous can't be read")
            {
                Where = file.Path,
                Received = $"shape [{string.Join(", ", tensor.Shape)}], strides [{string.Join(", ", tensor.Strides)}]",
                Hint = "Save it with .contiguous() in PyTorch.",
            });
        }

        Gather(file.Read(start, (int)(extent * size)), tensor, size, elements, action);
    }

    private static void Gather(ReadOnlySpan<byte> values, PickleTensor tensor, int size, long elements, Action<ReadOnlySpan<byte>> action)
    {
        byte[] piece = new byte[(int)Math.Min(PieceBytes, elements * size)];
        var index = new long[tensor.Shape.Length];
        long at = 0;
        int filled = 0;
        for (long i = 0; i < elements; i++)
        {
            values.Slice((int)at * size, size).CopyTo(piece.AsSpan(filled));
            filled += size;
            if (filled + size > piece.Length)
            {
                action(piece.AsSpan(0, filled));
                filled = 0;
            }

            for (int d = index.Length - 1; d >= 0; d--)
            {
                at += tensor.Strides[d];
                if (++index[d] < tensor.Shape[d])
                {
                    break;
                }

                at -= index[d] * tensor.Strides[d];
                index[d] = 0;
            }
        }

        if (filled > 0)
        {
            action(piece.AsSpan(0, filled));
        }
    }

    private static bool IsContiguous(PickleTensor tensor)
    {
        long expected = 1;
        for (int d = tensor.Shape.Length - 1; d >= 0; d--)
        {
            if (tensor.Shape[d] != 1 && tensor.Strides[d] != expected)
            {
                return false;
            }

            expected *= tensor.Shape[d];
        }

        return true;
    }
}
