using System.Text.Json;
using Regimen.App.Doctor;
using Regimen.Engine;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Doctor;

public sealed class DoctorReportTests
{
    [Fact]
    public void A_machine_without_problems_can_train()
    {
        using var folder = new TemporaryFolder();
        WriteMnist(folder, "data/mnist");
        DoctorReport report = DoctorReport.Create(folder.FullPath, "data/mnist", "runs");

        Assert.True(report.CanTrain, report.ToText());
        Assert.Equal(["system", "processor", "memory", "versions", "libtorch", "training", "data", "runs"], report.Checks.Select(c => c.Name));
        Assert.Equal(CheckState.Ok, Of(report, "data").State);
        Assert.Equal("works: two steps of a model with four weights gave a loss of 0.668", Of(report, "training").Text);
        Assert.Contains("2.10.0 loads; devices: cpu", Of(report, "libtorch").Text, StringComparison.Ordinal);
        Assert.EndsWith("This machine can train.\n", report.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_files_are_left()
    {
        using var folder = new TemporaryFolder();
        DoctorReport.Create(folder.FullPath, "data/mnist", "runs/deep/down");
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullPath));
    }

    [Fact]
    public void A_broken_native_library_is_a_problem()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("native/libLibTorchSharp.so", "this file is text where a native library should be, and longer than a header"u8);
        DoctorReport report = DoctorReport.Create(folder.FullPath, "data/mnist", "runs", NativeCheck.Run(file));

        Assert.False(report.CanTrain);
        DoctorCheck native = Of(report, "libtorch");
        Assert.Equal((CheckState.Problem, $"{file}: The file is not a library for this system and processor"), (native.State, native.Text));
        Assert.NotNull(native.Hint);
        Assert.Equal((CheckState.Problem, "was not checked, because libtorch does not load"), (Of(report, "training").State, Of(report, "training").Text));
        Assert.Empty(report.Machine.Devices);
        Assert.Contains("problem  libtorch ", report.ToText(), StringComparison.Ordinal);
        Assert.EndsWith("This machine can't train yet: see the problems above.\n", report.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_data_is_a_warning_that_names_the_folder()
    {
        using var folder = new TemporaryFolder();
        DoctorReport report = DoctorReport.Create(folder.FullPath, "data/mnist", "runs");
        Assert.True(report.CanTrain);
        DoctorCheck data = Of(report, "data");
        Assert.Equal(CheckState.Warning, data.State);
        Assert.Contains($"{folder["data/mnist"]} does not exist", data.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_data_file_is_named()
    {
        using var folder = new TemporaryFolder();
        WriteMnist(folder, "data");
        File.Delete(folder["data/t10k-labels-idx1-ubyte"]);
        DoctorCheck data = FolderChecks.Data(folder["data"]);
        Assert.Equal((CheckState.Warning, $"MNIST is incomplete: {folder["data"]} lacks t10k-labels-idx1-ubyte[.gz]"), (data.State, data.Text));
    }

    [Fact]
    public void A_runs_folder_below_a_file_is_a_problem()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("runs", "no folder"u8);
        DoctorReport report = DoctorReport.Create(folder.FullPath, "data", "runs/mine");
        Assert.False(report.CanTrain);
        Assert.StartsWith($"{file} is a file", Of(report, "runs").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_runs_folder_that_is_not_writable_is_a_problem()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has a folder where no user can create a file.");
        Assert.Equal(CheckState.Problem, FolderChecks.Runs("/proc/self/runs").State);
    }

    [Fact]
    public void Little_memory_is_a_warning()
    {
        Machine machine = Machine.Inspect();
        Assert.Equal(CheckState.Warning, Memory(machine with { AvailableMemoryBytes = 500_000_000 }).State);
        Assert.Equal(CheckState.Warning, Memory(machine with { AvailableMemoryBytes = null, MemoryBytes = 500_000_000 }).State);
        DoctorCheck enough = Memory(machine with { AvailableMemoryBytes = 3_200_000_000, MemoryBytes = 8_000_000_000 });
        Assert.Equal((CheckState.Ok, "8.0 GB, 3.2 GB available"), (enough.State, enough.Text));
        static DoctorCheck Memory(Machine machine) => MachineChecks.Of(machine).Single(c => c.Name == "memory");
    }

    [Fact]
    public void Text_is_aligned_with_hints_below()
    {
        var report = new DoctorReport(
            Machine.Inspect(), [new("a", CheckState.Ok, "fine"), new("long", CheckState.Warning, "hm", "Do this."), new("b", CheckState.Problem, "no")]);
        Assert.Equal(
            """
            ok       a     fine
            warning  long  hm
                           Do this.
            problem  b     no
            This machine can't train yet: see the problems above.

            """.ReplaceLineEndings("\n"),
            report.ToText());
    }

    [Fact]
    public void The_json_document_has_snake_case_names()
    {
        var report = new DoctorReport(Machine.Inspect(), [new("a", CheckState.Ok, "it's füne"), new("b", CheckState.Problem, "no", "Do this.")]);
        string json = report.ToJson();
        Assert.Contains("it's füne", json, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        Assert.Equal(["can_train", "checks", "machine"], root.EnumerateObject().Select(p => p.Name));
        Assert.False(root.GetProperty("can_train").GetBoolean());
        JsonElement check = root.GetProperty("checks")[1];
        Assert.Equal(["name", "state", "text", "hint"], check.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("problem", "Do this."), (check.GetProperty("state").GetString(), check.GetProperty("hint").GetString()));
        Assert.Equal(Environment.ProcessorCount, root.GetProperty("machine").GetProperty("cores").GetInt32());
        Assert.Equal("2.10.0", root.GetProperty("machine").GetProperty("libtorch_version").GetString());
    }

    private static DoctorCheck Of(DoctorReport report, string name) => report.Checks.Single(c => c.Name == name);

    private static void WriteMnist(TemporaryFolder folder, string below)
    {
        foreach (string name in (string[])["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"])
        {
            folder.Write($"{below}/{name}", []);
        }
    }
}
