using System.Security.Cryptography;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The images of archives in the order of the archives. Each is read by its position, and compared with its checksum.</summary>
internal sealed class PackedImages : IImageStore
{
    private readonly IReadOnlyList<PackedArchive> _archives;
    private readonly int[] _firsts;

    /// <param name="archives">The archives; none is empty.</param>
    /// <param name="labels">The class index of each image.</param>
    public PackedImages(IReadOnlyList<PackedArchive> archives, int[] labels)
    {
        _archives = archives;
        Labels = labels;
        _firsts = new int[archives.Count];
        for (int i = 1; i < _firsts.Length; i++)
        {
            _firsts[i] = _firsts[i - 1] + archives[i - 1].Index.Count;
        }
    }

    /// <inheritdoc/>
    public string Kind => "packed_images";

    /// <inheritdoc/>
    public int[] Labels { get; }

    /// <summary>Returns the name of an image in its archive.</summary>
    /// <exception cref="RequestException">It can't be read.</exception>
    public string NameOf(int index)
    {
        (PackedArchive archive, int image) = Find(index);
        return archive.NameOf(image);
    }

    /// <inheritdoc/>
    public string Origin(int index)
    {
        (PackedArchive archive, int image) = Find(index);
        return archive.OriginOf(image);
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Read(int index, ref byte[] buffer)
    {
        (PackedArchive archive, int image) = Find(index);
        int length = archive.Index.Lengths[image];
        if (buffer.Length < length)
        {
            buffer = GC.AllocateUninitializedArray<byte>(Math.Max(length, (int)Math.Min(2L * buffer.Length, Array.MaxLength)));
        }

        archive.ReadAt(archive.Index.Offsets[image], buffer.AsSpan(0, length));
        return PackedIndexBuilder.Check(buffer.AsSpan(0, length)) == archive.Index.Checks[image] ? buffer.AsMemory(0, length) : throw new RequestException(
            new Problem("The image is not the one that was indexed") { Expected = "files that do not change", Received = "other bytes", Hint = "Restore the original file. If it is damaged in data.cache_folder, delete it there." });
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        foreach (PackedArchive archive in _archives)
        {
            DatasetHash.AppendText(hash, FormattableString.Invariant($"{archive.Index.Count}\0"));
            hash.AppendData(archive.Index.Digest);
        }
    }

    private (PackedArchive Archive, int Image) Find(int index)
    {
        int archive = Array.BinarySearch(_firsts, index);
        archive = archive >= 0 ? archive : ~archive - 1;
        return (_archives[archive], index - _firsts[archive]);
    }
}
