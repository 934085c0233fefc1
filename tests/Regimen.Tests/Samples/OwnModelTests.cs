using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Samples;

/// <summary>All commands work in a program with its own model and data set.</summary>
[Collection(OtherProcesses.Name)]
public sealed class OwnModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_program_trains_and_evaluates_its_own_model_on_its_own_data()
    {
        const string experiment = "configs/experiment/spiral.yaml";
        _folder.Write(experiment, File.ReadAllBytes(Path.Combine(Repository.Root, "samples", "OwnModel", experiment)));

        JsonNode trained = Do("train", "experiment=spiral", "--json").Ends(0).Json;
        Assert.InRange(trained["test"]!["accuracy"]!.GetValue<double>(), 0.95, 1.0);
        Assert.EndsWith("_spiral-spiral", trained["run"]!.GetValue<string>(), StringComparison.Ordinal);

        JsonNode measured = Do("evaluate", "latest", "--json").Ends(0).Json;
        Assert.Equal(trained["test"]!["loss"]!.GetValue<double>(), measured["loss"]!.GetValue<double>());
        Assert.Equal(["first", "second"], measured["per_class"]!.AsArray().Select(c => c!["class"]!.GetValue<string>()));
    }

    [Fact]
    public void Error_messages_have_the_programs_names_and_bounds()
    {
        CommandOutput output = Do("train", "model=spiral", "model.hidden=0", "data=spirals").Ends(2);
        Assert.Contains("a whole number from 1 to 65536; received 0", output.Error, StringComparison.Ordinal);
        Assert.Contains("Did you mean `spiral`?", output.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_and_schema_have_the_programs_keys()
    {
        Assert.Contains("model.hidden", Do("train", "--help", "model").Ends(0).Out, StringComparison.Ordinal);
        string keys = Do("inspect", "config", "data").Ends(0).Out;
        Assert.Contains("data=spiral: Points on two arms of a spiral: which arm is a point on?\n", keys, StringComparison.Ordinal);
        Assert.Contains("The number of turns of an arm.\n", keys, StringComparison.Ordinal);
        Assert.Contains("a number from 0.1 to 10; default 1.25\n", keys, StringComparison.Ordinal);

        JsonNode definitions = Do("inspect", "config", "--schema").Ends(0).Json["definitions"]!;
        JsonNode model = definitions["model_file"]!["anyOf"]!.AsArray().Single(c => c!["properties"]!["name"]!["const"]!.GetValue<string>() == "spiral")!;
        Assert.Equal(64, model["properties"]!["hidden"]!["default"]!.GetValue<int>());
        Assert.Contains("spiral", definitions["data"]!["anyOf"]![0]!["enum"]!.AsArray().Select(n => n!.GetValue<string>()));
    }

    public void Dispose() => _folder.Dispose();

    private CommandOutput Do(params string[] args)
    {
        using CommandProcess process = CommandProcess.Start("OwnModel", _folder.FullPath, args);
        return process.WaitForEnd();
    }
}
