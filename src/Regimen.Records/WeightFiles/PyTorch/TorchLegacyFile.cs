using Regimen.Files;
using Regimen.Safetensors;

namespace Regimen.WeightFiles;

/// <summary>The file that <c>torch.save</c> wrote before PyTorch 1.6: pickles of a magic number, a version, facts of the system, the value and
/// the list of storage keys; then each storage as the number of its elements (8 bytes) and its values. It has no checksums.</summary>
internal sealed class TorchLegacyFile : ITorchStorages
{
    private const long Version = 1001;
    private readonly Dictionary<string, (long Position, long Length)> _places = [];

    /// <summary>Reads the pickles, and the place of each storage.</summary>
    public static (StateDict State, ITorchStorages Storages) Open(FileBytes bytes, ReadBudget budget)
    {
        var input = new PickleInput(bytes, 0, bytes.Length, budget);
        object? magic = Next();
        if (magic is not PickleOther || Next() is not Version)
        {
            throw new RequestException(new Problem("The file is a pickle, but not one of torch.save") { Where = bytes.Path, Expected = "a state dict written by torch.save" });
        }

        if (Next() is PickleDictionary system && system.Items.Any(i => i.Key is "little_endian" && i.Value is false))
        {
            throw new RequestException(new Problem("The file's values have another byte order") { Where = bytes.Path, Expected = "little_endian", Received = "big endian" });
        }

        var state = new StateDict(Next(), bytes.Path, budget);
        var file = new TorchLegacyFile();
        file.ReadPlaces(state, Next() as List<object?> ?? throw input.Damaged("it has no list of storages"), input, bytes);
        return (state, file);

        object? Next() => new Unpickler(input, budget, bytes.Path).Read();
    }

    public (long Position, long Length)? Find(string key) => _places.TryGetValue(key, out (long Position, long Length) place) ? place : null;

    public void Check(string key)
    {
        // The format has no checksums.
    }

    private void ReadPlaces(StateDict state, List<object?> keys, PickleInput input, FileBytes bytes)
    {
        var sizes = new Dictionary<string, int>();
        foreach ((_, PickleTensor tensor) in state.Tensors)
        {
            sizes[tensor.Storage.Key] = tensor.Storage.Type is { } type ? SafetensorsType.SizeOf(type)!.Value : 1;
        }

        foreach (object? key in keys)
        {
            if (key is not string name || !sizes.TryGetValue(name, out int size))
            {
                throw input.Damaged("it has a storage that belongs to no tensor of the state dict, so that the place of the next one is not known");
            }

            ulong elements = input.Unsigned(8);
            if (elements > (ulong)(bytes.Length - input.Position) / (ulong)size || !_places.TryAdd(name, (input.Position, (long)elements * size)))
            {
                throw input.Damaged($"the storage '{name}' is longer than the file, or is there twice");
            }

            input.Skip(elements * (ulong)size);
        }
    }
}
