using Regimen.Safetensors;

namespace Regimen.WeightFiles;

/// <summary>One safetensors file.</summary>
internal sealed class SafetensorsWeights : WeightFile
{
    private readonly FileBytes _bytes;
    private readonly SafetensorsHeader _header;
    private readonly Dictionary<string, int> _indices = [];

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
        Entries = [.. _header.Entries.Select(e => new WeightEntry(e.Name, e.Type, e.Shape))];
        foreach ((int index, WeightEntry entry) in Entries.Index())
        {
            _indices.Add(entry.Name, index);
        }
    }

    public override string Format => "safetensors";

    public override IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    public override IReadOnlyList<WeightEntry> Entries { get; }

    public override long Length => _bytes.Length;

    public override WeightEntry? Find(string name) => _indices.TryGetValue(name, out int index) ? Entries[index] : null;

    public override void Dispose() => _bytes.Dispose();

    private protected override void ReadValues(WeightEntry entry, Action<ReadOnlySpan<byte>> piece)
    {
        SafetensorsEntry place = _header.Entries[_indices[entry.Name]];
        _bytes.ForEachPiece(_header.Length + place.Start, place.End - place.Start, piece);
    }
}
