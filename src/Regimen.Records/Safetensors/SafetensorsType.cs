using System.Text.Json;

namespace Regimen.Safetensors;

/// <summary>The element types of the safetensors format.</summary>
internal static class SafetensorsType
{
    // The last ones are listed with their shapes, but not read: libtorch has none of them, or computes with none.
    private const int Read = 10;
    private static readonly string[] Names = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0", "U64", "U32", "U16", "C64"];
    private static readonly int[] Sizes = [8, 4, 2, 2, 8, 4, 2, 1, 1, 1, 1, 1, 1, 8, 4, 2, 8];

    /// <summary>The types whose values can be read, as text.</summary>
    public const string Readable = "F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL";

    /// <summary>Returns the size of an element in bytes, also of a type that is only listed; null for an unknown type.</summary>
    public static int? SizeOf(string name) => Array.IndexOf(Names, name) is >= 0 and var index ? Sizes[index] : null;

    /// <summary>Whether values of this type can be read.</summary>
    public static bool IsReadable(string name) => Array.IndexOf(Names, name) is >= 0 and < Read;

    /// <summary>Whether a type is a floating-point type.</summary>
    public static bool IsFloat(string name) => name is "F64" or "F32" or "F16" or "BF16";

    /// <summary>Returns the type that a JSON text names. A header with many tensors holds each name once.</summary>
    public static string Of(ref Utf8JsonReader reader)
    {
        foreach (string name in Names)
        {
            if (reader.ValueTextEquals(name))
            {
                return name;
            }
        }

        return reader.GetString()!;
    }
}
