using static TorchSharp.torch;

namespace Regimen.Runs;

/// <summary>The element types of the safetensors format, by the names it gives them.</summary>
internal static class SafetensorsType
{
    private static readonly (string Name, ScalarType Type, int Size)[] Types =
    [
        ("F64", ScalarType.Float64, 8), ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>Every type that the format has.</summary>
    public static IEnumerable<ScalarType> All => Types.Select(t => t.Type);

    public static bool Has(ScalarType type) => Types.Any(t => t.Type == type);

    public static string NameOf(ScalarType type) => Find(t => t.Type == type)?.Name
        ?? throw new NotSupportedException($"Expected one of {string.Join(", ", Types.Select(t => t.Type))}; received {type}.");

    public static (ScalarType Type, int Size)? Named(string name) => Find(t => t.Name == name) is { } found ? (found.Type, found.Size) : null;

    private static (string Name, ScalarType Type, int Size)? Find(Func<(string Name, ScalarType Type, int Size), bool> predicate)
        => Types.Where(predicate).Select(t => ((string, ScalarType, int)?)t).FirstOrDefault();
}
