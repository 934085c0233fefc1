using Regimen.Engine;

namespace Regimen.App.Doctor;

/// <summary>Describes the machine as checks.</summary>
internal static class MachineChecks
{
    /// <summary>With less available memory even small models may swap: libtorch alone takes about 300 MB.</summary>
    private const long LittleMemory = 1_000_000_000;

    public static IEnumerable<DoctorCheck> Of(Machine machine)
    {
        yield return new DoctorCheck("system", CheckState.Ok, machine.OperatingSystem);
        string cores = machine.Cores == 1 ? "1 core" : $"{machine.Cores} cores";
        string sets = string.Join(", ", machine.InstructionSets);
        yield return new DoctorCheck("processor", CheckState.Ok, $"{machine.Processor}, {cores}, vectors: {machine.Vectors}; {sets}");
        yield return Memory(machine);
        yield return new DoctorCheck(
            "versions", CheckState.Ok, $"Regimen {machine.RegimenVersion}, .NET {machine.DotNetVersion}, TorchSharp {machine.TorchSharpVersion}");
    }

    public static DoctorCheck LibTorch(Machine machine, NativeCheckResult native) => native.Problem is { } problem
        ? new DoctorCheck("libtorch", CheckState.Problem, OneLine(problem), problem.Hint)
        : new DoctorCheck("libtorch", CheckState.Ok, $"{machine.LibTorchVersion} loads; devices: {string.Join(", ", machine.Devices)}");

    /// <summary>Formats a problem without its hint on one line.</summary>
    public static string OneLine(Problem problem) => (problem with { Hint = null }).ToString().Replace("\n  ", "; ", StringComparison.Ordinal);

    /// <summary>Formats bytes as MB or GB: 24.3 GB (10⁹ bytes).</summary>
    public static string Bytes(long bytes) => bytes >= 1_000_000_000
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1e9:N1} GB")
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1e6:N0} MB");

    private static DoctorCheck Memory(Machine machine)
    {
        string free = machine.AvailableMemoryBytes is { } available ? $", {Bytes(available)} available" : string.Empty;
        string text = Bytes(machine.MemoryBytes) + free;
        return (machine.AvailableMemoryBytes ?? machine.MemoryBytes) < LittleMemory
            ? new DoctorCheck("memory", CheckState.Warning, text, "Close other programs, or lower loader.batch_size and loader.eval_batch_size.")
            : new DoctorCheck("memory", CheckState.Ok, text);
    }
}
