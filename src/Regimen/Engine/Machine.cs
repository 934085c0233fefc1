using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>What a run's numbers and speed may depend on, as this process sees it.</summary>
public sealed record Machine
{
    /// <summary>The operating system: "Debian GNU/Linux 12 (bookworm)".</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>The processor's own name for itself, or its architecture where it has none.</summary>
    public required string Processor { get; init; }

    /// <summary>The widest vectors that .NET computes with here: "AVX-512 (512 bits)".</summary>
    public required string Vectors { get; init; }

    /// <summary>Instruction sets beyond the architecture's base that .NET knows and the processor has.</summary>
    public required IReadOnlyList<string> InstructionSets { get; init; }

    /// <summary>Cores that this process may use: affinity and a container's limit are taken off.</summary>
    public required int Cores { get; init; }

    /// <summary>Physical memory in bytes, or a container's limit where that is lower.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Memory in bytes that a new program could have without swapping; null where the system does not say.</summary>
    public required long? AvailableMemoryBytes { get; init; }

    /// <summary>The runtime: "10.0.12".</summary>
    [JsonPropertyName("dotnet_version")]
    public required string DotNetVersion { get; init; }

    /// <summary>The library's version.</summary>
    public required string RegimenVersion { get; init; }

    /// <summary>TorchSharp's version.</summary>
    [JsonPropertyName("torchsharp_version")]
    public required string TorchSharpVersion { get; init; }

    /// <summary>The libtorch that TorchSharp was built for and loads; null where it does not load.</summary>
    [JsonPropertyName("libtorch_version")]
    public required string? LibTorchVersion { get; init; }

    /// <summary>Devices to compute on: <c>cpu</c>, <c>cuda:0</c> …, <c>mps</c>; empty where libtorch does not load.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>Looks at this machine; never throws.</summary>
    /// <param name="native">Whether libtorch loads; null to find out.</param>
    public static Machine Inspect(NativeCheckResult? native = null)
    {
        bool loads = (native ?? NativeCheck.Run()).Loads;
        (long total, long? available) = MachineMemory.Read();
        return new Machine
        {
            OperatingSystem = RuntimeInformation.OSDescription.Trim(),
            Processor = MachineProcessor.Name(),
            Vectors = MachineProcessor.Vectors(),
            InstructionSets = MachineProcessor.InstructionSets(),
            Cores = Environment.ProcessorCount,
            MemoryBytes = total,
            AvailableMemoryBytes = available,
            DotNetVersion = Environment.Version.ToString(),
            RegimenVersion = VersionOf(typeof(Machine).Assembly),
            TorchSharpVersion = VersionOf(typeof(TorchSharp.torch).Assembly),
            LibTorchVersion = loads ? LibTorch() : null,
            Devices = loads ? FindDevices() : [],
        };
    }

    /// <summary>Kept apart, so that nothing of TorchSharp is started where libtorch does not load.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string LibTorch() => Version.TryParse(__version__, out Version? version) ? version.ToString(3) : __version__;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string[] FindDevices()
    {
        int gpus = cuda.is_available() ? cuda.device_count() : 0;
        return
        [
            "cpu",
            .. Enumerable.Range(0, gpus).Select(i => string.Create(CultureInfo.InvariantCulture, $"cuda:{i}")),
            .. mps_is_available() ? ["mps"] : Array.Empty<string>(),
        ];
    }

    /// <summary>An assembly's version without the commit behind the plus sign.</summary>
    private static string VersionOf(Assembly assembly)
    {
        string? version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return (version ?? assembly.GetName().Version?.ToString() ?? "?").Split('+')[0];
    }
}
