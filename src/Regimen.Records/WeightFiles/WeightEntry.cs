using Regimen.Safetensors;

namespace Regimen.WeightFiles;

/// <summary>A tensor of a weight file.</summary>
/// <param name="Name">Its name: <c>layer1.0.conv1.weight</c>.</param>
/// <param name="Type">Its element type, as safetensors names it: <c>F32</c>.</param>
/// <param name="Shape">Its dimensions; none for a scalar.</param>
public sealed record WeightEntry(string Name, string Type, IReadOnlyList<long> Shape)
{
    /// <summary>The number of elements.</summary>
    public long Elements => SafetensorsHeader.Elements(Shape)!.Value;

    /// <summary>The size of the values in bytes.</summary>
    public long Bytes => Elements * SafetensorsType.SizeOf(Type)!.Value;

    /// <summary>Whether the values can be read. Types such as <c>F8_E4M3</c> are listed only.</summary>
    public bool IsReadable => SafetensorsType.IsReadable(Type);
}
