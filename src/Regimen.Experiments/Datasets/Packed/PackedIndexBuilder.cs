using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>Builds the index of an archive, image after image. Headers are checked as those of image files.</summary>
internal sealed class PackedIndexBuilder : IDisposable
{
    /// <summary>The problems of an archive after which it is not read further.</summary>
    private const int MostProblems = 100;

    private const int LongestLabel = 1000;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<long> _offsets = [];
    private readonly List<int> _lengths = [];
    private readonly List<uint> _checks = [];
    private readonly List<ushort> _leads = [];
    private readonly List<int> _labels = [];
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<ImageFacts, (int Count, int First)> _facts = [];

    /// <summary>The problems that were found.</summary>
    public List<Problem> Problems { get; } = [];

    /// <summary>Whether there are so many problems that the rest need not be read.</summary>
    public bool IsHopeless => Problems.Count >= MostProblems;

    /// <summary>Adds an image, or its problem.</summary>
    /// <param name="origin">Names it in messages.</param>
    /// <param name="image">The encoded image.</param>
    /// <param name="label">Its label as it is written.</param>
    /// <param name="offset">Its position in the archive.</param>
    /// <param name="lead">The blocks from the beginning of its entry.</param>
    public void Add(Func<string> origin, ReadOnlyMemory<byte> image, string label, long offset, ushort lead = 0)
    {
        try
        {
            if (image.IsEmpty)
            {
                throw new RequestException(new Problem("The image is empty"));
            }

            using var encoded = EncodedImage.Open(string.Empty, image);
            ref (int Count, int First) facts = ref CollectionsMarshal.GetValueRefOrAddDefault(_facts, encoded.Facts, out bool isKnown);
            facts = (facts.Count + 1, isKnown ? facts.First : _offsets.Count);
        }
        catch (RequestException refusal)
        {
            Problems.AddRange(refusal.Problems.Select(p => p with { Where = origin() }));
            return;
        }

        if (label.Length is 0 or > LongestLabel)
        {
            Problems.Add(new Problem(label.Length == 0 ? "The label is empty" : "The label is too long") { Where = origin(), Expected = "the index or the name of a class" });
            return;
        }

        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, image.Length);
        _hash.AppendData(length);
        _hash.AppendData(image.Span);
        ref int code = ref CollectionsMarshal.GetValueRefOrAddDefault(_texts, label, out bool exists);
        code = exists ? code : _texts.Count - 1;
        _offsets.Add(offset);
        _lengths.Add(image.Length);
        _checks.Add(Check(image.Span));
        _leads.Add(lead);
        _labels.Add(code);
    }

    /// <summary>Returns the index.</summary>
    /// <param name="names">The names of the classes that the archive states.</param>
    public PackedIndex Build(string[] names) => new()
    {
        Offsets = [.. _offsets],
        Lengths = [.. _lengths],
        Checks = [.. _checks],
        Leads = [.. _leads],
        Labels = [.. _labels],
        Texts = [.. _texts.OrderBy(t => t.Value).Select(t => t.Key)],
        Names = names,
        Facts = [.. _facts.Select(f => new PackedFacts(f.Key, f.Value.Count, f.Value.First)).OrderBy(f => f.First)],
        Digest = _hash.GetHashAndReset(),
    };

    /// <summary>Computes the CRC-32C of an image.</summary>
    public static uint Check(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        ReadOnlySpan<byte> rest = bytes;
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(rest));
        }

        foreach (byte value in rest)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
