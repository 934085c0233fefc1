using System.Globalization;

namespace Regimen.Datasets;

/// <summary>The encoded images of a Parquet file, copied to a file in the cache folder or to memory: a row's image is not at a position of its own in
/// a Parquet file.</summary>
/// <param name="path">The Parquet file.</param>
/// <param name="index">Where the images are in the copy.</param>
/// <param name="copy">The file of the copy; null for memory.</param>
/// <param name="memory">The images, if they are in memory: chunks of <see cref="ParquetImageReader.ChunkBytes"/> positions, in each of which some lie.</param>
internal sealed class ParquetArchive(string path, PackedIndex index, string? copy, IReadOnlyList<byte[]> memory) : PackedArchive(path, index)
{
    /// <inheritdoc/>
    public override string NameOf(int image) => string.Create(CultureInfo.InvariantCulture, $"row {image}");

    /// <inheritdoc/>
    public override string OriginOf(int image) => Origin(Path, image);

    /// <inheritdoc/>
    public override void ReadAt(long offset, Span<byte> into)
    {
        if (copy is not null)
        {
            ReadFile(copy, offset, into);
            return;
        }

        (long chunk, long at) = Math.DivRem(offset, ParquetImageReader.ChunkBytes);
        memory[(int)chunk].AsSpan((int)at, into.Length).CopyTo(into);
    }

    /// <summary>Names a row in messages.</summary>
    public static string Origin(string path, int row) => string.Create(CultureInfo.InvariantCulture, $"{path}, row {row}, counted from 0");
}
