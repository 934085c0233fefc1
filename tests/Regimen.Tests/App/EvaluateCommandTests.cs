using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

public sealed class EvaluateCommandTests : IDisposable
{
    private static readonly string[] Metrics = ["accuracy", "top5_accuracy", "precision_macro", "recall_macro", "f1_macro"];
    private readonly ProjectFolder _project = new();
    private readonly JsonNode _trained;

    // No loss improves by the required amount, so the run stops early and its best weights are not the last ones.
    public EvaluateCommandTests()
        => _trained = _project.Train("--json", "early_stopping.min_delta=1e6", "trainer.epochs=8", "early_stopping.patience=1").Ends(0).Json;

    private string Best => Path.Combine(_project.Run, "checkpoints", $"epoch-{_trained["best_epoch"]!.GetValue<int>():0000}");

    [Theory]
    [InlineData("test", TinyMnist.Test)]
    [InlineData("val", TinyMnist.Train / 5)]
    public void A_split_has_the_results_that_the_training_reported(string split, int samples)
    {
        JsonNode measured = Evaluate("latest", "--split", split);
        Assert.Equal(["run", "checkpoint", "split", "samples", "loss", .. Metrics, "per_class", "confusion"], measured.AsObject().Select(p => p.Key));
        Assert.Equal(_project.Run, measured["run"]!.GetValue<string>());
        Assert.Equal(Path.GetFileName(Best), measured["checkpoint"]!.GetValue<string>());
        Assert.Equal((split, samples), (measured["split"]!.GetValue<string>(), measured["samples"]!.GetValue<int>()));
        foreach (string metric in (string[])["loss", .. Metrics])
        {
            Assert.Equal(_trained[split]![metric]!.GetValue<double>(), measured[metric]!.GetValue<double>());
        }
    }

    [Fact]
    public void The_training_set_is_evaluated()
    {
        JsonNode measured = Evaluate("latest", "--split", "train");
        Assert.Equal(TinyMnist.Train * 4 / 5, measured["samples"]!.GetValue<int>());
    }

    [Fact]
    public void Class_metrics_and_confusion_matrix_are_consistent()
    {
        JsonNode measured = Evaluate("latest");
        JsonArray classes = measured["per_class"]!.AsArray();
        long[][] confusion = [.. measured["confusion"]!.AsArray().Select(row => row!.AsArray().Select(c => c!.GetValue<long>()).ToArray())];
        Assert.Equal(10, classes.Count);
        Assert.Equal("test", measured["split"]!.GetValue<string>());
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(["class", "precision", "recall", "f1", "support"], classes[i]!.AsObject().Select(p => p.Key));
            Assert.Equal($"{i}", classes[i]!["class"]!.GetValue<string>());
            Assert.Equal(confusion[i].Sum(), classes[i]!["support"]!.GetValue<long>());
            Assert.Equal(confusion[i][i] / (double)confusion[i].Sum(), classes[i]!["recall"]!.GetValue<double>(), 12);
        }

        Assert.Equal(Enumerable.Range(0, 10).Sum(i => confusion[i][i]) / (double)TinyMnist.Test, measured["accuracy"]!.GetValue<double>(), 12);
    }

    [Fact]
    public void A_run_is_found_by_path_and_by_name_and_a_checkpoint_by_its_folder()
    {
        string expected = Evaluate("latest").ToJsonString();
        Assert.Equal(expected, Evaluate(_project.Run).ToJsonString());
        Assert.Equal(expected, Evaluate(Path.GetFileName(_project.Run)).ToJsonString());
        Assert.Equal(expected, Evaluate(Path.GetRelativePath(_project.Folder.FullPath, _project.Run)).ToJsonString());
        Assert.Equal(expected, Evaluate(Best).ToJsonString());
        Assert.Equal(expected, Evaluate(Path.Combine(Best, "model.safetensors")).ToJsonString());

        string last = Directory.GetDirectories(Path.Combine(_project.Run, "checkpoints")).Single(d => d != Best);
        JsonNode measured = Evaluate(last);
        Assert.Equal(Path.GetFileName(last), measured["checkpoint"]!.GetValue<string>());
        Assert.NotEqual(_trained["test"]!["loss"]!.GetValue<double>(), measured["loss"]!.GetValue<double>());
    }

    [Fact]
    public void A_copied_model_file_is_enough_to_evaluate()
    {
        string copy = _project.Folder["copy.safetensors"];
        File.Copy(Path.Combine(Best, "model.safetensors"), copy);
        Directory.Delete(_project.Runs, recursive: true);
        JsonNode measured = Evaluate("copy.safetensors");
        Assert.Null(measured["run"]);
        Assert.Equal(copy, measured["checkpoint"]!.GetValue<string>());
        Assert.Equal(_trained["test"]!["loss"]!.GetValue<double>(), measured["loss"]!.GetValue<double>());
    }

    [Fact]
    public void The_text_has_the_metrics_the_classes_and_the_confusion_matrix()
    {
        CommandOutput output = _project.Do("evaluate", "latest").Ends(0);
        Assert.Equal($"{Path.GetFileName(Best)} on test: 100 samples", output.Lines[0]);
        Assert.Matches(@"^loss             \d\.\d{4}$", output.Lines[2]);
        Assert.Equal("class  precision  recall      f1  support", output.Lines[9]);
        Assert.Equal(10, output.Lines.Count(l => l.EndsWith("       10", StringComparison.Ordinal) && l.Contains('.', StringComparison.Ordinal)));
        Assert.Equal("confusion: rows are true classes, columns are predicted classes", output.Lines[21]);
        Assert.Equal(["true", .. Enumerable.Range(0, 10).Select(c => $"{c}")], output.Lines[22].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(33, output.Lines.Length);
    }

    [Fact]
    public void A_run_without_early_stopping_is_evaluated()
    {
        // The config in a model's metadata records options that are off as well as options that are on.
        string run = _project.Train("early_stopping=none", "--json").Ends(0).Json["run"]!.GetValue<string>();
        Assert.Equal(run, Evaluate(run)["run"]!.GetValue<string>());
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused()
    {
        string file = Path.Combine(Best, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^7] ^= 1;
        File.WriteAllBytes(file, bytes);
        foreach (string what in (string[])["latest", Best, file])
        {
            CommandOutput output = _project.Do("evaluate", what).Ends(2);
            Assert.Empty(output.Out);
            Assert.StartsWith($"error: {file}", output.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("evaluate nothing", "There is no run 'nothing'")]
    [InlineData("evaluate latest --runs elsewhere", "There is no run yet")]
    [InlineData("evaluate latest --split tset", "Did you mean `test`?")]
    public void Missing_runs_and_splits_are_refused(string arguments, string says)
    {
        CommandOutput output = _project.Do(arguments.Split(' ')).Ends(2);
        Assert.Empty(output.Out);
        Assert.Contains(says, output.Error, StringComparison.Ordinal);
        Assert.InRange(output.Error.TrimEnd('\n').Split('\n').Length, 1, 3);
    }

    [Fact]
    public void A_file_that_is_not_a_model_is_refused()
    {
        _project.Folder.Write("other.safetensors", SafetensorsBytes.Of("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 0, 0, 0, 0));
        CommandOutput output = _project.Do("evaluate", "other.safetensors").Ends(2);
        Assert.Contains("The file has no config", output.Error, StringComparison.Ordinal);
        _project.Folder.Write("text.safetensors", "this is text"u8);
        _project.Do("evaluate", "text.safetensors").Ends(2);
    }

    public void Dispose() => _project.Dispose();

    private JsonNode Evaluate(params string[] args)
    {
        CommandOutput output = _project.Do(["evaluate", .. args, "--json"]).Ends(0);
        Assert.Empty(output.Error);
        return output.Json;
    }
}
