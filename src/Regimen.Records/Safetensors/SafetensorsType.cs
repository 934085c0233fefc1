namespace Regimen.Safetensors;

/// <summary>The element types of the safetensors format.</summary>
internal static class SafetensorsType
{
    private static readonly (string Name, int Size)[] Types =
    [
        ("F64", 8), ("F32", 4), ("F16", 2), ("BF16", 2), ("I64", 8), ("I32", 4), ("I16", 2), ("I8", 1), ("U8", 1), ("BOOL", 1),
    ];

    /// <summary>Returns the size of an element in bytes; null for an unknown type.</summary>
    public static int? SizeOf(string name) => Types.Where(t => t.Name == name).Select(t => (int?)t.Size).FirstOrDefault();
}
