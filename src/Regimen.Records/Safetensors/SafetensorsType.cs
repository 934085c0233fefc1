namespace Regimen.Safetensors;

/// <summary>The element types of the safetensors format.</summary>
internal static class SafetensorsType
{
    private static readonly (string Name, int Size)[] Types =
    [
        ("F64", 8), ("F32", 4), ("F16", 2), ("BF16", 2), ("I64", 8), ("I32", 4), ("I16", 2), ("I8", 1), ("U8", 1), ("BOOL", 1),
    ];

    /// <summary>The types that are listed with their shapes, but not loaded: libtorch has none of them, or computes with none.</summary>
    private static readonly (string Name, int Size)[] Listed =
        [("F8_E4M3", 1), ("F8_E5M2", 1), ("F8_E8M0", 1), ("U64", 8), ("U32", 4), ("U16", 2), ("C64", 8)];

    /// <summary>The types whose values can be read, as text.</summary>
    public const string Readable = "F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL";

    /// <summary>Returns the size of an element in bytes, also of a type that is only listed; null for an unknown type.</summary>
    public static int? SizeOf(string name) => Types.Concat(Listed).Where(t => t.Name == name).Select(t => (int?)t.Size).FirstOrDefault();

    /// <summary>Whether values of this type can be read.</summary>
    public static bool IsReadable(string name) => Types.Any(t => t.Name == name);

    /// <summary>Whether a type is a floating-point type.</summary>
    public static bool IsFloat(string name) => name is "F64" or "F32" or "F16" or "BF16";

    /// <summary>Returns the shared instance of a type's name, so that a header with many tensors holds each name once.</summary>
    public static string Shared(string name) => Types.Concat(Listed).Where(t => t.Name == name).Select(t => t.Name).FirstOrDefault() ?? name;
}
