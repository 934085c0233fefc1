namespace Regimen.WeightFiles;

/// <summary>A name that a pickle refers to and that the reader knows: it stands for a type or function of Python, of which none is run.</summary>
internal enum KnownName
{
    OrderedDict,
    Size,
    RebuildTensor,
    RebuildTensorV3,
    RebuildParameter,
    Storage,

    /// <summary>A value without tensors, such as a device or a set.</summary>
    Plain,
}

/// <summary>A reference of a pickle to a name.</summary>
/// <param name="Kind">What it stands for.</param>
/// <param name="Name">Its module and name in Python.</param>
/// <param name="Type">The element type of a storage or dtype; null for any other.</param>
internal sealed record PickleName(KnownName Kind, string Name, string? Type = null);

/// <summary>A Python dictionary in the order in which its items were set.</summary>
internal sealed class PickleDictionary
{
    public List<KeyValuePair<object?, object?>> Items { get; } = [];
}

/// <summary>A value whose content is of no use for weights.</summary>
internal sealed class PickleOther
{
    public static PickleOther Instance { get; } = new();
}

/// <summary>The memory of tensors: a storage.</summary>
/// <param name="Key">Its key: the entry <c>data/KEY</c> of the archive.</param>
/// <param name="Type">The element type; null for a storage of bytes.</param>
/// <param name="Elements">The number of elements.</param>
internal sealed record PickleStorage(string Key, string? Type, long Elements);

/// <summary>A tensor: a view of a storage.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Type">The element type.</param>
/// <param name="Offset">The index of its first element in the storage.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Strides">The distance between neighbours in each dimension, in elements.</param>
internal sealed record PickleTensor(PickleStorage Storage, string Type, long Offset, long[] Shape, long[] Strides);
