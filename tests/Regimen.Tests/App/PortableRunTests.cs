using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests that a run with portable bits has the same bits in processes that may not use some of the processor's instructions, with other
/// kernels of libtorch, and with another number of threads; and that the record says which runs are portable.</summary>
[Collection(OtherProcesses.Name)]
public sealed class PortableRunTests
{
    private static readonly string[] Command =
    [
        "train", "trainer.bits=portable", "trainer.epochs=2", "loader.batch_size=24", "model.hidden=[70,33]", "model.dropout=0.1", "schedule=cosine",
        "trainer.clip_norm=0.7", "average=ema", "--quiet",
    ];

    [Fact]
    public void A_portable_run_has_the_same_bits_on_other_processors_and_threads()
    {
        using var project = new ProjectFolder();
        string first = Trained(project, "threads=2", []);
        string expected = Record(first);

        // As if the run came from another machine.
        string file = Path.Combine(first, "run.json");
        string recorded = File.ReadAllText(file);
        string moved = recorded.Replace("\"cpu\": \"", "\"cpu\": \"Other ", StringComparison.Ordinal);
        Assert.NotEqual(recorded, moved);
        File.WriteAllText(file, moved);
        using (CommandProcess process = CommandProcess.Regimen(
            project.Folder.FullPath, new Dictionary<string, string> { ["DOTNET_EnableAVX2"] = "0", ["ATEN_CPU_CAPABILITY"] = "default" }, "verify", "latest", "--quiet"))
        {
            string[] lines = process.WaitForEnd().Ends(0).Lines;
            Assert.Contains("note: the run's bits are portable, so equal bits are expected here", lines);
            Assert.StartsWith("identical: ", lines[^1], StringComparison.Ordinal);
        }

        Directory.Delete(first, recursive: true);
        Assert.Equal(expected, Record(Trained(project, "threads=1", new() { ["DOTNET_EnableAVX512"] = "0", ["ATEN_CPU_CAPABILITY"] = "avx2" })));
        Directory.Delete(project.Run, recursive: true);
        Assert.Equal(expected, Record(Trained(project, "threads=3", new() { ["DOTNET_EnableHWIntrinsic"] = "0" })));
    }

    [Fact]
    public void A_run_with_operations_of_libtorch_is_recorded_as_one_of_the_machine()
    {
        using var project = new ProjectFolder();
        project.DoAsProcess("train", "trainer.bits=portable", "trainer.epochs=1", "model.norm=batch", "--quiet").Ends(0);
        Assert.Equal("machine", Manifest(project.Run)["bits"]!.GetValue<string>());
        string[] lines = project.DoAsProcess("inspect", "model", "trainer.bits=portable", "model.norm=batch").Ends(0).Lines;
        Assert.Equal("bits machine, although trainer.bits=portable, because libtorch or the system computes: norm1 (BatchNorm1d)", lines[^1]);
        JsonNode cnn = project.DoAsProcess("inspect", "model", "trainer.bits=portable", "model=cnn", "trainer.precision=bf16", "--json").Ends(0).Json;
        Assert.Equal("machine", cnn["bits"]!.GetValue<string>());
        Assert.Equal(
            ["trainer.precision", "the model (Cnn)", "conv1 (Conv2d)", "conv2 (Conv2d)"],
            cnn["machine_operations"]!.AsArray().Select(o => o!.GetValue<string>()));
    }

    /// <summary>Trains, and returns the folder of the run.</summary>
    private static string Trained(ProjectFolder project, string threads, Dictionary<string, string> environment)
    {
        using CommandProcess process = CommandProcess.Regimen(project.Folder.FullPath, environment, [.. Command, threads]);
        process.WaitForEnd().Ends(0);
        return project.Run;
    }

    /// <summary>Returns every loss, the results and the digest of the weights.</summary>
    private static string Record(string run)
    {
        JsonNode manifest = Manifest(run);
        Assert.Equal("portable", manifest["bits"]!.GetValue<string>());
        return string.Join(
            '\n', Convert.ToHexString(File.ReadAllBytes(Path.Combine(run, "steps.f32"))), manifest["weights_digest"]!, manifest["val"]!.ToJsonString(), manifest["test"]!.ToJsonString());
    }

    private static JsonNode Manifest(string run) => JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!;
}
