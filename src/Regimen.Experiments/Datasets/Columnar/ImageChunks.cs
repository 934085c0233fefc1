namespace Regimen.Datasets;

/// <summary>Encoded images in memory, in chunks: an array can't be larger than 2 GiB. An image lies in one chunk.</summary>
internal sealed class ImageChunks
{
    private const int FirstBytes = 1 << 20;
    private readonly List<byte[]> _chunks = [];
    private int _used;

    /// <summary>The chunks; the positions of each begin at a multiple of <see cref="ParquetImageReader.ChunkBytes"/>.</summary>
    public IReadOnlyList<byte[]> Chunks => _chunks;

    /// <summary>Adds an image, and returns its position.</summary>
    public long Add(ReadOnlySpan<byte> image)
    {
        if (_chunks.Count == 0 || _used + (long)image.Length > ParquetImageReader.ChunkBytes)
        {
            _chunks.Add(new byte[Math.Max(FirstBytes, image.Length)]);
            _used = 0;
        }

        byte[] last = _chunks[^1];
        if (_used + image.Length > last.Length)
        {
            Array.Resize(ref last, (int)Math.Min(ParquetImageReader.ChunkBytes, Math.Max(2L * last.Length, _used + (long)image.Length)));
            _chunks[^1] = last;
        }

        image.CopyTo(last.AsSpan(_used));
        long position = ((_chunks.Count - 1) * ParquetImageReader.ChunkBytes) + _used;
        _used += image.Length;
        return position;
    }
}
