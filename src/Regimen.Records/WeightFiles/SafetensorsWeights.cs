using Regimen.Safetensors;

namespace Regimen.WeightFiles;

/// <summary>One safetensors file.</summary>
internal sealed class SafetensorsWeights : WeightFile
{
    private readonly FileBytes _bytes;
    private readonly SafetensorsHeader _header;
    private readonly int[] _byName;

    public SafetensorsWeights(FileBytes bytes)
        : base(bytes.Path)
    {
        _bytes = bytes;
        long position = 0;
        _header = SafetensorsHeader.Read(bytes.Path, bytes.Length, count =>
        {
            byte[] next = bytes.Read(position, count);
            position += count;
            return next;
        });
        var entries = new WeightEntry[_header.Entries.Count];
        _byName = new int[entries.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            SafetensorsEntry entry = _header.Entries[i];
            entries[i] = new WeightEntry(entry.Name, entry.Type, entry.Shape);
            _byName[i] = i;
        }

        Entries = entries;
        Array.Sort(_byName, (a, b) => string.CompareOrdinal(entries[a].Name, entries[b].Name));
    }

    public override string Format => "safetensors";

    public override IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    public override IReadOnlyList<WeightEntry> Entries { get; }

    public override long Length => _bytes.Length;

    public override WeightEntry? Find(string name) => IndexOf(name) is >= 0 and var index ? Entries[index] : null;

    public override void Dispose() => _bytes.Dispose();

    private protected override void ReadValues(WeightEntry entry, Action<ReadOnlySpan<byte>> piece)
    {
        SafetensorsEntry place = _header.Entries[IndexOf(entry.Name)];
        _bytes.ForEachPiece(_header.Length + place.Start, place.End - place.Start, piece);
    }

    /// <summary>Returns the index of a tensor by binary search; -1 if there is none.</summary>
    private int IndexOf(string name)
    {
        int low = 0;
        for (int high = _byName.Length - 1; low <= high;)
        {
            int middle = (low + high) / 2;
            int order = string.CompareOrdinal(Entries[_byName[middle]].Name, name);
            if (order == 0)
            {
                return _byName[middle];
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }
}
