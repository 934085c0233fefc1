using static TorchSharp.torch;

namespace Regimen.Safetensors;

/// <summary>Maps libtorch's element types to their names in the safetensors format.</summary>
internal static class TensorType
{
    private static readonly (string Name, ScalarType Type)[] Types =
    [
        ("F64", ScalarType.Float64), ("F32", ScalarType.Float32), ("F16", ScalarType.Float16), ("BF16", ScalarType.BFloat16),
        ("I64", ScalarType.Int64), ("I32", ScalarType.Int32), ("I16", ScalarType.Int16), ("I8", ScalarType.Int8),
        ("U8", ScalarType.Byte), ("BOOL", ScalarType.Bool),
    ];

    /// <summary>The element types of the format.</summary>
    public static IEnumerable<ScalarType> All => Types.Select(t => t.Type);

    public static bool Has(ScalarType type) => Types.Any(t => t.Type == type);

    /// <exception cref="NotSupportedException">The format does not have the type.</exception>
    public static string NameOf(ScalarType type) => Types.Where(t => t.Type == type).Select(t => t.Name).FirstOrDefault()
        ?? throw new NotSupportedException($"Expected one of {string.Join(", ", All)}; received {type}.");

    public static ScalarType Named(string name) => Types.First(t => t.Name == name).Type;
}
