using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Describes the machine and the versions that a run's results and speed may depend on.</summary>
internal sealed record Machine
{
    /// <summary>The operating system, as "Debian GNU/Linux 12 (bookworm)".</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>The processor's name, or its architecture if it has none.</summary>
    public required string Processor { get; init; }

    /// <summary>The widest vectors that .NET uses, as "AVX-512 (512 bits)".</summary>
    public required string Vectors { get; init; }

    /// <summary>The instruction sets beyond the architecture's base that .NET knows and the processor supports.</summary>
    public required IReadOnlyList<string> InstructionSets { get; init; }

    /// <summary>The number of cores that this process may use, with affinity and a container's limit applied.</summary>
    public required int Cores { get; init; }

    /// <summary>Physical memory in bytes, or a container's limit if that is lower.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Memory in bytes that is available without swapping; null if the system does not report it.</summary>
    public required long? AvailableMemoryBytes { get; init; }

    /// <summary>The version of the .NET runtime, as "10.0.12".</summary>
    [JsonPropertyName("dotnet_version")]
    public required string DotNetVersion { get; init; }

    /// <summary>The version of Regimen.</summary>
    public required string RegimenVersion { get; init; }

    /// <summary>The version of TorchSharp.</summary>
    [JsonPropertyName("torchsharp_version")]
    public required string TorchSharpVersion { get; init; }

    /// <summary>The version of libtorch; null if it does not load.</summary>
    [JsonPropertyName("libtorch_version")]
    public required string? LibTorchVersion { get; init; }

    /// <summary>The available devices: <c>cpu</c>, <c>cuda:0</c> …, <c>mps</c>; empty if libtorch does not load.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>Inspects this machine; never throws.</summary>
    /// <param name="native">Whether libtorch loads; null to check it.</param>
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

    /// <summary>Not inlined, so that TorchSharp is not initialised if libtorch does not load.</summary>
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

    /// <summary>Returns an assembly's version without the commit after the plus sign.</summary>
    private static string VersionOf(Assembly assembly)
    {
        string? version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return (version ?? assembly.GetName().Version?.ToString() ?? "?").Split('+')[0];
    }
}
