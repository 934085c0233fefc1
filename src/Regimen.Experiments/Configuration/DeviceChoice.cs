using System.Globalization;

namespace Regimen.Configuration;

/// <summary>The device of a config: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c> or <c>mps</c>.</summary>
/// <param name="Kind">The kind of device.</param>
/// <param name="Index">The number of the GPU, from 0, as CUDA counts those that it may use; null for the first one or, with several ranks on a host, one
/// for each rank in turn.</param>
public readonly record struct DeviceChoice(DeviceKind Kind, int? Index = null)
{
    private const string Numbered = "cuda:";

    /// <summary>The largest number of a GPU.</summary>
    internal const int LargestIndex = 127;

    /// <summary>Returns the choice of a kind, without a number.</summary>
    public static implicit operator DeviceChoice(DeviceKind kind) => new(kind);

    /// <summary>Returns the choice of a text; null if it is none.</summary>
    public static DeviceChoice? Read(string text) => text switch
    {
        "cpu" => DeviceKind.Cpu,
        "cuda" => DeviceKind.Cuda,
        "mps" => DeviceKind.Mps,
        _ => text.StartsWith(Numbered, StringComparison.Ordinal) && int.TryParse(text.AsSpan(Numbered.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && index <= LargestIndex && text.Length - Numbered.Length == (index < 10 ? 1 : index < 100 ? 2 : 3) ? new DeviceChoice(DeviceKind.Cuda, index) : null,
    };

    /// <summary>Returns the choice as a config has it.</summary>
    public override string ToString() => Index is { } index ? string.Create(CultureInfo.InvariantCulture, $"{Numbered}{index}") : Kind.ToString().ToLowerInvariant();
}
