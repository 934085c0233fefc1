using Regimen.Engine;

namespace Regimen.Tests.Engine;

public sealed class MachineTests
{
    [Fact]
    public void Inspect_describes_this_machine()
    {
        Machine machine = Machine.Inspect();
        Assert.NotEmpty(machine.OperatingSystem);
        Assert.NotEmpty(machine.Processor);
        Assert.Equal(Environment.ProcessorCount, machine.Cores);
        Assert.InRange(machine.MemoryBytes, 100_000_000, 1L << 50);
        Assert.True(machine.AvailableMemoryBytes is null || (machine.AvailableMemoryBytes > 0 && machine.AvailableMemoryBytes <= machine.MemoryBytes));
        Assert.Equal("cpu", machine.Devices[0]);
        Assert.Equal("2.10.0", machine.LibTorchVersion);
        Assert.StartsWith("0.107.0", machine.TorchSharpVersion, StringComparison.Ordinal);
        Assert.StartsWith("10.", machine.DotNetVersion, StringComparison.Ordinal);
        Assert.DoesNotContain('+', machine.RegimenVersion);
    }

    [Fact]
    public void There_are_no_devices_without_libtorch()
    {
        Machine machine = Machine.Inspect(new NativeCheckResult(null, new Problem("missing")));
        Assert.Empty(machine.Devices);
        Assert.Null(machine.LibTorchVersion);
        Assert.Equal(Environment.ProcessorCount, machine.Cores);
    }

    [Fact]
    public void Memory_is_read_from_proc_meminfo()
    {
        string[] lines = ["MemTotal:       24684084 kB", "MemAvailable:   24253792 kB", "HugePages_Total:       0"];
        Assert.Equal(24253792L * 1024, MachineMemory.Parse(lines, "MemAvailable"));
        Assert.Null(MachineMemory.Parse(lines, "Mem"));
        Assert.Null(MachineMemory.Parse(["MemAvailable: lots"], "MemAvailable"));
    }
}
