using System.Text;
using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Experiments;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests that a regression on large prices works with the defaults, and that numbers are shown in the targets' own units.</summary>
public sealed class ScaledTargetsRunTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void The_example_of_the_readme_predicts_prices_from_60_000_to_3_million()
    {
        Write("houses.csv", Tables.ExpensiveHouses(743));
        JsonNode test = Train("trainer.epochs=20", "--json").Json["test"]!;
        Assert.InRange(test["r2"]!.GetValue<double>(), 0.9, 1);

        // In the targets' own units: the standard deviation of the prices is about 500,000. The loss is of scaled targets.
        Assert.InRange(test["rmse"]!.GetValue<double>(), 10_000, 170_000);
        Assert.InRange(test["mae"]!.GetValue<double>(), 10_000, test["rmse"]!.GetValue<double>());
        Assert.InRange(test["loss"]!.GetValue<double>(), 0.0001, 0.1);
    }

    [Fact]
    public void Every_command_says_which_numbers_are_in_the_targets_own_units()
    {
        Write("houses.csv", Tables.ExpensiveHouses(211));
        CommandOutput trained = Train("trainer.epochs=3");
        Assert.Contains("targets   standardised; losses are of scaled targets, metrics in the targets' own units", trained.Lines);
        Assert.Contains("losses are of scaled targets", File.ReadAllText(Path.Combine(_project.Run, "train.log")), StringComparison.Ordinal);

        JsonNode evaluated = _project.Do("evaluate", "latest", "--json").Ends(0).Json;
        JsonObject ofRun = RunOf("test");
        foreach (string metric in (string[])["loss", "rmse", "mae", "r2"])
        {
            Assert.Equal(ofRun[metric]!.GetValue<double>(), evaluated[metric]!.GetValue<double>());
        }

        // The loss converted from scaled targets to the targets' own units.
        double std = evaluated["target_scale"]!["std"]![0]!.GetValue<double>();
        Assert.Equal(Math.Sqrt(evaluated["loss"]!.GetValue<double>()) * std, evaluated["rmse"]!.GetValue<double>(), std * 1e-5);
        Assert.Contains(_project.Do("evaluate", "latest").Ends(0).Lines, l => l.StartsWith("loss ", StringComparison.Ordinal) && l.EndsWith("(of the scaled targets; metrics are in the original units)", StringComparison.Ordinal));

        JsonNode inspected = _project.Do("inspect", "data", "data=csv", $"data.path={_project.Folder["houses.csv"]}", "data.target=[price]", "objective=mse", "seed=7", "--json").Ends(0).Json;
        Assert.Equal(evaluated["target_scale"]!.ToJsonString(), inspected["target_scale"]!.ToJsonString());
        Assert.Equal(evaluated["target_scale"]!["mean"]![0]!.GetValue<double>(), inspected["parts"]![0]!["targets"]![0]!["mean"]!.GetValue<double>(), 0.5);
    }

    [Theory]
    [InlineData("standard")]
    [InlineData("log")]
    public void A_run_is_verified_and_resumed_to_the_same_bits(string scaling)
    {
        Write("houses.csv", Tables.ExpensiveHouses(211));
        Train("trainer.epochs=5", $"data.scale_target={scaling}", "--quiet");
        JsonObject whole = Manifest();
        Assert.Contains(_project.Do("verify", "latest").Ends(0).Lines, l => l.Contains("identical", StringComparison.Ordinal));

        Directory.Delete(_project.Runs, recursive: true);
        Train("trainer.epochs=2", $"data.scale_target={scaling}", "--quiet");
        _project.Do("resume", "latest", "trainer.epochs=5", "--quiet").Ends(0);
        Assert.Equal(whole["weights_digest"]!.GetValue<string>(), Manifest()["weights_digest"]!.GetValue<string>());
        Assert.Equal(whole["test"]!.ToJsonString(), Manifest()["test"]!.ToJsonString());
        Assert.Contains(_project.Do("verify", "latest").Ends(0).Lines, l => l.Contains("identical", StringComparison.Ordinal));
    }

    [Fact]
    public void The_model_file_alone_converts_predictions_to_the_targets_own_units()
    {
        string table = Write("houses.csv", Tables.ExpensiveHouses(211));
        Train("trainer.epochs=1", "data.scale_target=log", "--quiet");
        string file = Directory.GetFiles(Path.Combine(_project.Run, "checkpoints"), "model.safetensors", SearchOption.AllDirectories)[0];
        File.Delete(table);
        TargetScale scale = TrainedModel.Find(file, "runs", _project.Folder.FullPath).TargetScale!;
        Assert.Equal(TargetScaling.Log, scale.Type);
        Assert.Equal(Math.Exp(scale.Mean[0]) - 1, scale.From(0, 0), 1e-6);
        JsonNode last = JsonNode.Parse(SafetensorsFile.Read(file).Metadata["regimen.preprocessing"])!.AsArray()[^1]!;
        Assert.Equal(scale, TargetScale.Parse((JsonObject)last));
    }

    [Fact]
    public void A_run_recorded_before_the_key_keeps_its_targets_unscaled()
    {
        Write("houses.csv", Tables.Houses(97));
        Train("trainer.epochs=2", "data.scale_target=none", "data.drop=[rent]", "loader.batch_size=16", "--quiet");
        JsonObject whole = Manifest();
        string config = Path.Combine(_project.Run, "config.yaml");
        string[] lines = File.ReadAllLines(config);
        File.WriteAllLines(config, lines.Where(l => !l.Contains("scale_target", StringComparison.Ordinal)));
        Assert.Equal(lines.Length - 1, File.ReadAllLines(config).Length);
        Assert.Contains(_project.Do("verify", "latest").Ends(0).Lines, l => l.Contains("identical", StringComparison.Ordinal));
        JsonNode evaluated = _project.Do("evaluate", "latest", "--json").Ends(0).Json;
        Assert.Null(evaluated["target_scale"]);
        Assert.Equal(whole["test"]!["rmse"]!.GetValue<double>(), evaluated["rmse"]!.GetValue<double>());
    }

    private CommandOutput Train(params string[] args)
        => _project.Do(["train", "data=csv", $"data.path={_project.Folder["houses.csv"]}", "data.target=[price]", "objective=mse", "seed=7", .. args]).Ends(0);

    private JsonObject Manifest() => (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!;

    private JsonObject RunOf(string split) => (JsonObject)Manifest()[split]!;

    private string Write(string name, string text) => _project.Folder.Write(name, Encoding.UTF8.GetBytes(text));
}
