using Regimen.Safetensors;

namespace Regimen.WeightFiles;

/// <summary>Computes the results of the calls that a state dict has: a dictionary, a shape, a tensor as a view of a storage. Sizes are checked
/// against the storage before anything of that size exists.</summary>
internal static class PickleCalls
{
    private const int MostDimensions = 64;

    /// <summary>Returns the result of a call.</summary>
    public static object? Result(object? called, object? arguments, PickleInput input)
    {
        object?[] values = arguments as object?[] ?? throw input.Damaged("a call has no list of arguments");
        return (called as PickleName)?.Kind switch
        {
            KnownName.OrderedDict => Dictionary(values, input),
            KnownName.Size when values is [object?[] shape] => shape,
            KnownName.RebuildTensor when values is [PickleStorage { Type: { } type } storage, long offset, object?[] shape, object?[] strides, ..] => Tensor(storage, type, offset, shape, strides, input),
            KnownName.RebuildTensorV3 when values is [PickleStorage storage, long offset, object?[] shape, object?[] strides, _, _, PickleName { Type: { } type }, ..] => Tensor(storage, type, offset, shape, strides, input),
            KnownName.RebuildParameter when values is [PickleTensor tensor, ..] => tensor,
            KnownName.Plain => PickleOther.Instance,
            null => throw input.Damaged("a call is made of something that is not a function"),
            _ => throw input.Damaged($"the arguments of {((PickleName)called!).Name} are not those of a state dict"),
        };
    }

    /// <summary>Returns the storage that a persistent id names: <c>('storage', type, key, device, elements)</c>.</summary>
    public static PickleStorage Storage(object? id, PickleInput input)
        => id is object?[] and ["storage", PickleName { Kind: KnownName.Storage } type, string key, string, long elements, ..] parts && elements >= 0
            ? parts.Length <= 5 || parts[5] is null
                ? new PickleStorage(key, type.Type, elements)
                : throw input.Damaged("a storage is a view of another one, as only PyTorch before 0.4 wrote")
            : throw input.Damaged("a persistent id is not that of a storage");

    private static PickleDictionary Dictionary(object?[] arguments, PickleInput input)
    {
        var dictionary = new PickleDictionary();
        foreach (object? item in arguments is [] ? [] : arguments[0] as List<object?> ?? throw input.Damaged("a dictionary is made of something that is not a list"))
        {
            dictionary.Items.Add(item switch
            {
                object?[] and [var key, var value] => KeyValuePair.Create(key, value),
                List<object?> and [var key, var value] => KeyValuePair.Create(key, value),
                _ => throw input.Damaged("a dictionary is made of something that is not a pair"),
            });
        }

        return dictionary;
    }

    private static PickleTensor Tensor(PickleStorage storage, string type, long offset, object?[] shape, object?[] strides, PickleInput input)
    {
        if (shape.Length != strides.Length || shape.Length > MostDimensions || offset < 0 || !shape.Concat(strides).All(v => v is >= 0L))
        {
            throw input.Damaged("the shape of a tensor is not valid");
        }

        long[] dimensions = [.. shape.Cast<long>()];
        long[] steps = [.. strides.Cast<long>()];
        long available = storage.Type is null ? storage.Elements / SafetensorsType.SizeOf(type)!.Value : storage.Elements;
        if (SafetensorsHeader.Elements(dimensions) is not { } elements || elements > available || Last(offset, dimensions, steps) is not { } last || (elements > 0 && last >= available))
        {
            throw input.Damaged($"a tensor [{string.Join(", ", dimensions)}] does not fit into its storage of {storage.Elements} elements");
        }

        return new PickleTensor(storage, type, offset, dimensions, steps);
    }

    /// <summary>Returns the index of the last element in the storage; null if it overflows.</summary>
    private static long? Last(long offset, long[] shape, long[] strides)
    {
        Int128 last = offset;
        for (int i = 0; i < shape.Length; i++)
        {
            last += (Int128)Math.Max(0, shape[i] - 1) * strides[i];
        }

        return last > long.MaxValue ? null : (long)last;
    }
}
