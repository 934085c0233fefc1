using Regimen.Files;
using Regimen.Safetensors;

namespace Regimen.WeightFiles;

/// <summary>A state dict that <c>torch.save</c> wrote, read without PyTorch and without running anything: a zip archive with a pickle, which
/// describes the tensors, and a stored entry for each storage; or the older form, in which the storages follow the pickles.</summary>
internal sealed class TorchWeights : WeightFile
{
    private readonly FileBytes _bytes;
    private readonly ITorchStorages _storages;
    private readonly Dictionary<string, (WeightEntry Entry, PickleTensor Tensor)> _byName = [];

    private TorchWeights(FileBytes bytes, StateDict state, ITorchStorages storages)
        : base(bytes.Path)
    {
        (_bytes, _storages) = (bytes, storages);
        (Wrapper, Others) = (state.Wrapper, state.Others);
        var entries = new List<WeightEntry>();
        foreach ((string name, PickleTensor tensor) in state.Tensors)
        {
            long bytesNeeded = tensor.Storage.Elements * (tensor.Storage.Type is { } type ? SafetensorsType.SizeOf(type)!.Value : 1);
            if (storages.Find(tensor.Storage.Key) is not { } place || place.Length != bytesNeeded)
            {
                throw new RequestException(new Problem($"The file is damaged: the storage of '{name}' is missing or has another size")
                {
                    Where = bytes.Path,
                    Expected = $"{bytesNeeded} bytes",
                    Received = storages.Find(tensor.Storage.Key) is { } found ? $"{found.Length}" : "none",
                });
            }

            var entry = new WeightEntry(name, tensor.Type, tensor.Shape);
            entries.Add(entry);
            _byName.Add(name, (entry, tensor));
        }

        Entries = entries;
    }

    public override string Format => "pytorch";

    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public override IReadOnlyList<WeightEntry> Entries { get; }

    public override long Length => _bytes.Length;

    public override string? Wrapper { get; }

    public override IReadOnlyList<string> Others { get; }

    /// <summary>Whether a file begins as one of <c>torch.save</c>: with a zip archive or a pickle.</summary>
    public static bool IsFormatOf(FileBytes bytes)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(8, bytes.Length)];
        bytes.Read(0, start);
        return start.StartsWith("PK\x03\x04"u8) || start.StartsWith("PK\x05\x06"u8) || (start.Length >= 2 && start[0] == 0x80 && start[1] is >= 1 and <= 5 && start.Length > 2 && start[2] != 0);
    }

    /// <exception cref="RequestException">The file is damaged, or needs more than a state dict does.</exception>
    public static TorchWeights Open(FileBytes bytes)
    {
        var budget = new ReadBudget(bytes.Path, bytes.Length);
        (StateDict state, ITorchStorages storages) = bytes.Read(0, 1)[0] == (byte)'P' ? TorchArchive.Open(bytes, budget) : TorchLegacyFile.Open(bytes, budget);
        budget.Take(200 * state.Tensors.Count);
        return new TorchWeights(bytes, state, storages);
    }

    public override WeightEntry? Find(string name) => _byName.TryGetValue(name, out (WeightEntry Entry, PickleTensor Tensor) found) ? found.Entry : null;

    public override void Dispose() => _bytes.Dispose();

    private protected override void ReadValues(WeightEntry entry, Action<ReadOnlySpan<byte>> piece)
    {
        PickleTensor tensor = _byName[entry.Name].Tensor;
        (long position, _) = _storages.Find(tensor.Storage.Key)!.Value;
        _storages.Check(tensor.Storage.Key);
        StridedValues.Read(_bytes, position, tensor, piece);
    }
}

/// <summary>The storages of a file of <c>torch.save</c>.</summary>
internal interface ITorchStorages
{
    /// <summary>Returns the place of a storage's bytes in the file; null if there is no such storage.</summary>
    (long Position, long Length)? Find(string key);

    /// <summary>Compares a storage's bytes with its checksum, if the format has one.</summary>
    /// <exception cref="RequestException">They differ.</exception>
    void Check(string key);
}
