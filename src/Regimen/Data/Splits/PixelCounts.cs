namespace Regimen.Data;

/// <summary>Counts the pixels of the masks of a data set.</summary>
internal static class PixelCounts
{
    private const int Together = 64;

    /// <summary>Returns the number of pixels of each of the 256 values of a mask; the last one is <see cref="MaskTarget.Ignored"/>.</summary>
    /// <param name="masks">A data set with masks.</param>
    public static long[] Of(IDataset masks)
    {
        long[] counts = new long[256];
        using var buffer = new BatchBuffer(masks.Fields, Math.Clamp(masks.Count, 1, Together));
        for (int first = 0; first < masks.Count; first += Together)
        {
            int[] indices = [.. Enumerable.Range(first, Math.Min(Together, masks.Count - first))];
            masks.Gather(indices, ChannelScale.Identity, buffer);
            Add(buffer, indices.Length, counts);
        }

        return counts;
    }

    /// <summary>Adds the pixels of the first rows of a buffer.</summary>
    public static void Add(BatchBuffer buffer, int rows, long[] counts)
    {
        Span<byte> pixels = buffer.Bytes(Field.Target);
        foreach (byte pixel in pixels[..(pixels.Length / buffer.Capacity * rows)])
        {
            counts[pixel]++;
        }
    }
}
