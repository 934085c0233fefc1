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

    /// <summary>Convolutions, max-pooling and dropout; tanh and average pooling; batch norm, whose running averages are averaged too.</summary>
    [Theory]
    [InlineData("model=cnn", "model.channels=[5,7]", "model.hidden=12")]
    [InlineData("model=cnn", "model.channels=[6]", "model.hidden=12", "model.norm=batch")]
    public void A_portable_convolutional_net_has_the_same_bits_on_other_processors_and_threads(params string[] model)
    {
        using var project = new ProjectFolder();
        string[] all = ["trainer.limit_train_batches=3", .. model];
        string expected = Record(Trained(project, "threads=2", [], all));
        Directory.Delete(project.Run, recursive: true);
        Assert.Equal(expected, Record(Trained(project, "threads=1", new() { ["DOTNET_EnableAVX2"] = "0", ["ATEN_CPU_CAPABILITY"] = "default" }, all)));
    }

    /// <summary>The same for a larger net with half of the vectors' width, and without any vector instructions, where a multiply-add takes a hundred times
    /// as long.</summary>
    [Theory]
    [InlineData("model=resnet18", "model.stem=small", "trainer.limit_train_batches=2", "DOTNET_EnableAVX512")]
    [InlineData("model=resnet18", "trainer.limit_train_batches=2", "DOTNET_EnableAVX512")]
    [InlineData("model=cnn", "model.channels=[6]", "model.hidden=12", "model.norm=batch", "average=swa", "average.start_epoch=1", "DOTNET_EnableAVX2")]
    [InlineData("model=cnn", "model.channels=[5,7]", "model.hidden=12", "DOTNET_EnableHWIntrinsic")]
    [InlineData("model=lenet", "DOTNET_EnableAVX2")]
    [InlineData("model=lenet", "DOTNET_EnableHWIntrinsic")]
    public void A_portable_larger_net_has_the_same_bits_on_other_processors_and_threads(params string[] model)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "takes a minute: set REGIMEN_LONG=1");
        using var project = new ProjectFolder();
        string disabled = model[^1];
        string[] all = [.. model[..^1], "loader.batch_size=8"];
        string expected = Record(Trained(project, "threads=2", [], all));
        Directory.Delete(project.Run, recursive: true);
        Assert.Equal(expected, Record(Trained(project, "threads=1", new() { [disabled] = "0", ["ATEN_CPU_CAPABILITY"] = "default" }, all)));
    }

    [Fact]
    public void The_threads_of_a_portable_run_follow_the_machine_and_can_be_set()
    {
        string[] command = ["train", "trainer.bits=portable", "trainer.epochs=4", "loader.batch_size=24", "model.hidden=[900]", "early_stopping=none", "--quiet"];
        using var project = new ProjectFolder();
        project.DoAsProcess([.. command, "threads=1"]).Ends(0);
        JsonNode single = Manifest(project.Run);
        Assert.Null(single["threads_used"]);
        Assert.Equal(1, (int)single["threads"]!);
        Directory.Delete(project.Run, recursive: true);

        project.DoAsProcess(command).Ends(0);
        JsonNode manifest = Manifest(project.Run);
        Assert.Equal((string)single["weights_digest"]!, (string)manifest["weights_digest"]!);
        Assert.Contains("\nthreads: null\n", File.ReadAllText(Path.Combine(project.Run, "config.yaml")), StringComparison.Ordinal);
        if (Environment.ProcessorCount > 1)
        {
            Assert.Equal((2, 2), ((int)manifest["threads"]!, (int)manifest["threads_used"]!["most"]!));
            Assert.InRange((int)manifest["threads_used"]!["least"]!, 1, 2);
        }

        Assert.Contains("identical: ", project.DoAsProcess("verify", "latest", "--quiet").Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_operations_of_libtorch_is_recorded_as_one_of_the_machine()
    {
        using var project = new ProjectFolder();
        project.DoAsProcess("train", "trainer.bits=portable", "trainer.epochs=1", "trainer.precision=bf16", "--quiet").Ends(0);
        Assert.Equal("machine", Manifest(project.Run)["bits"]!.GetValue<string>());
        string[] lines = project.DoAsProcess("inspect", "model", "trainer.bits=portable", "trainer.precision=bf16").Ends(0).Lines;
        Assert.Equal("bits machine, although trainer.bits=portable, because libtorch or the system computes: trainer.precision", lines[^1]);
        JsonNode cnn = project.DoAsProcess("inspect", "model", "trainer.bits=portable", "model=cnn", "trainer.precision=bf16", "--json").Ends(0).Json;
        Assert.Equal("machine", cnn["bits"]!.GetValue<string>());
        Assert.Equal(
            ["trainer.precision"],
            cnn["machine_operations"]!.AsArray().Select(o => o!.GetValue<string>()));
    }

    /// <summary>Trains, and returns the folder of the run.</summary>
    private static string Trained(ProjectFolder project, string threads, Dictionary<string, string> environment, params string[] model)
    {
        string[] command = model.Length == 0 ? Command : [.. Command.Where(c => !c.StartsWith("model.", StringComparison.Ordinal) && !model.Any(m => m.Split('=')[0] == c.Split('=')[0])), .. model];
        using CommandProcess process = CommandProcess.Regimen(project.Folder.FullPath, environment, [.. command, threads]);
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
