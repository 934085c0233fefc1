namespace Regimen.Safetensors;

/// <summary>The element types of the safetensors format, by its names for them.</summary>
internal static class SafetensorsType
{
    private static readonly (string Name, int Size)[] Types =
    [
        ("F64", 8), ("F32", 4), ("F16", 2), ("BF16", 2), ("I64", 8), ("I32", 4), ("I16", 2), ("I8", 1), ("U8", 1), ("BOOL", 1),
    ];

    /// <summary>The bytes of an element; null for a name that the format does not have.</summary>
    public static int? SizeOf(string name) => Types.Where(t => t.Name == name).Select(t => (int?)t.Size).FirstOrDefault();
}
