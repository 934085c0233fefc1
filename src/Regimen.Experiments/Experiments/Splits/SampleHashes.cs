using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Regimen.Data;

namespace Regimen.Experiments;

/// <summary>Finds samples that stand in two splits: their inputs have the same bytes, before transforms. It keeps 16 bytes of a SHA-256 for each
/// sample; of many samples those whose hash is in a fixed share of all hashes, so that equal samples are kept together.</summary>
internal sealed class SampleHashes : IDisposable
{
    private const int MostExamples = 3;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<UInt128, (int Part, int Index, ulong Target)> _seen = [];
    private readonly SortedDictionary<(int First, int Second), (int Samples, int OtherTargets, List<(int First, int Second)> Examples)> _found = [];
    private readonly int _droppedBits;

    /// <summary>Prepares for a number of samples.</summary>
    /// <param name="samples">The number of samples of all splits.</param>
    /// <param name="most">The largest number of hashes that are kept, about.</param>
    public SampleHashes(long samples, long most = 4_000_000)
    {
        while (samples >> _droppedBits > most)
        {
            _droppedBits++;
        }
    }

    /// <summary>The share of samples that are compared.</summary>
    public double Share => 1.0 / (1L << _droppedBits);

    /// <summary>The samples found in two splits, by the numbers of the splits: how many of the second one (of the compared ones), how many of these have
    /// another target, and examples as indices.</summary>
    public IEnumerable<(int First, int Second, int Samples, int OtherTargets, IReadOnlyList<(int First, int Second)> Examples)> Found
        => _found.Select(f => (f.Key.First, f.Key.Second, f.Value.Samples, f.Value.OtherTargets, (IReadOnlyList<(int, int)>)f.Value.Examples));

    /// <summary>Adds samples.</summary>
    /// <param name="part">The number of the split. Splits are added one after the other.</param>
    /// <param name="first">The index of the buffer's first sample in its split.</param>
    /// <param name="count">The number of samples in the buffer.</param>
    /// <param name="fields">The fields of the samples.</param>
    /// <param name="buffer">The samples.</param>
    public void Add(int part, int first, int count, IReadOnlyList<Field> fields, BatchBuffer buffer)
    {
        for (int row = 0; row < count; row++)
        {
            UInt128 hash = Hash(fields.Where(f => !f.IsTarget), buffer, row);
            if ((hash & ((UInt128.One << _droppedBits) - 1)) != 0)
            {
                continue;
            }

            ulong target = (ulong)Hash(fields.Where(f => f.IsTarget), buffer, row);
            if (!_seen.TryGetValue(hash, out var seen))
            {
                _seen.Add(hash, (part, first + row, target));
            }
            else if (seen.Part != part)
            {
                Count(seen.Part, part, seen.Index, first + row, isOther: seen.Target != target);
            }
        }
    }

    public void Dispose() => _hash.Dispose();

    private void Count(int first, int second, int ofFirst, int ofSecond, bool isOther)
    {
        (int samples, int others, List<(int First, int Second)> examples) = _found.TryGetValue((first, second), out var found) ? found : (0, 0, []);
        if (examples.Count < MostExamples)
        {
            examples.Add((ofFirst, ofSecond));
        }

        _found[(first, second)] = (samples + 1, others + (isOther ? 1 : 0), examples);
    }

    private UInt128 Hash(IEnumerable<Field> fields, BatchBuffer buffer, int row)
    {
        foreach (Field field in fields)
        {
            int size = field.Shape.Elements;
            int used = size;
            if (field.IsVariable)
            {
                ReadOnlySpan<int> length = buffer.Lengths(field.Name).Slice(row, 1);
                _hash.AppendData(MemoryMarshal.AsBytes(length));
                used = length[0] * (size / field.Shape.Dimensions[0]);
            }

            _hash.AppendData(field.Type switch
            {
                ElementType.Float32 => MemoryMarshal.AsBytes(buffer.Floats(field.Name).Slice(row * size, used)),
                ElementType.Int64 => MemoryMarshal.AsBytes(buffer.Longs(field.Name).Slice(row * size, used)),
                _ => buffer.Bytes(field.Name).Slice(row * size, used),
            });
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(digest);
        return MemoryMarshal.Read<UInt128>(digest);
    }
}
