using System.Globalization;

namespace Regimen.Datasets;

/// <summary>A shard: a tar file whose images are read by their positions.</summary>
internal sealed class TarArchive(string path, PackedIndex index) : PackedArchive(path, index)
{
    /// <inheritdoc/>
    public override string NameOf(int image)
    {
        using var file = StableFile.Open(Path);
        long start = Index.Offsets[image] - ((long)Index.Leads[image] * TarEntries.Block);
        return new TarEntries(file, start).Next()?.Name ?? throw new RequestException(new Problem("The entry is not there any more") { Where = Path });
    }

    /// <inheritdoc/>
    public override string OriginOf(int image)
    {
        try
        {
            return Origin(Path, NameOf(image));
        }
        catch (RequestException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{Path}, byte {Index.Offsets[image]}");
        }
    }

    /// <inheritdoc/>
    public override void ReadAt(long offset, Span<byte> into) => ReadFile(Path, offset, into);

    /// <summary>Names an entry in messages: <c>train-000.tar: 000001.jpg</c>, without control characters.</summary>
    public static string Origin(string path, string name) => $"{path}: {string.Concat(name.Select(c => char.IsControl(c) ? '\uFFFD' : c))}";
}
