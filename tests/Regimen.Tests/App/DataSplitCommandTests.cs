using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests classes with few samples, and data without a test set, through the commands.</summary>
public sealed class DataSplitCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    public void Dispose() => _project.Dispose();

    /// <summary>100 + 100 + 1 samples: with seed 15 a random split puts the last class into validation only.</summary>
    [Fact]
    public void A_class_with_one_sample_is_in_training_and_refused_without_stratification()
    {
        string[] data = WriteArrays([.. Enumerable.Range(0, 201).Select(i => (long)(i / 100))]);
        Assert.Equal([[80, 20], [80, 20], [1, 0]], PerClass(_project.Do(["inspect", "data", .. data, "seed=15", "--json"]).Ends(0).Json));
        _project.Do(["train", .. data, "seed=15", "trainer.epochs=1", "--quiet"]).Ends(0);

        CommandOutput refused = _project.Do(["train", .. data, "seed=15", "data.stratify=false"]).Ends(2);
        Assert.Contains("A class has no training sample", refused.Error, StringComparison.Ordinal);
        Assert.Contains("received none of 2, which are in val", refused.Error, StringComparison.Ordinal);
        Assert.Contains("data.stratify=true", refused.Error, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(_project.Runs));
        Assert.Equal([[79, 21], [82, 18], [0, 1]], PerClass(_project.Do(["inspect", "data", .. data, "seed=15", "data.stratify=false", "--json"]).Ends(0).Json));
    }

    [Fact]
    public void A_class_without_any_sample_is_refused()
        => Assert.Contains(
            "received none of 1, 3",
            _project.Do(["train", .. WriteArrays([.. Enumerable.Range(0, 37).Select(i => (long)(i % 3 * 2))]), "data.classes=[0,1,2,3,4]"]).Ends(2).Error,
            StringComparison.Ordinal);

    [Fact]
    public void Inputs_that_are_all_the_same_are_refused()
    {
        string[] data = [.. WriteArrays([.. Enumerable.Range(0, 37).Select(i => (long)(i % 2))], _ => 7), "data.normalize=none"];
        Assert.Contains("received 7 in all 30 training samples", _project.Do(["train", .. data]).Ends(2).Error, StringComparison.Ordinal);
        Assert.Equal(7, _project.Do(["inspect", "data", .. data, "--json"]).Ends(0).Json["parts"]![0]!["input"]!["max"]!.GetValue<double>());
    }

    [Fact]
    public void A_run_recorded_before_splits_were_stratified_keeps_its_split()
    {
        _project.Train("data.stratify=false", "trainer.epochs=1", "--quiet").Ends(0);
        string config = Path.Combine(_project.Run, "config.yaml");
        string[] lines = [.. File.ReadLines(config).Where(line => !line.Contains("stratify", StringComparison.Ordinal))];
        Assert.NotEqual(lines.Length, File.ReadLines(config).Count());
        File.WriteAllLines(config, lines);
        Assert.Contains("identical", _project.Do("verify", _project.Run).Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Arrays_and_image_folders_are_split_into_three_parts()
    {
        string[] arrays = [.. WriteArrays([.. Enumerable.Range(0, 103).Select(i => (long)(i % 2))]), "data.test_fraction=0.1", "data.validation_fraction=0.3"];
        Assert.Equal([62, 31, 10], Samples(_project.Do(["inspect", "data", .. arrays, "--json"]).Ends(0).Json));
        Assert.NotNull(_project.Do(["train", .. arrays, "trainer.epochs=1", "--json"]).Ends(0).Json["test"]);
        for (int i = 0; i < 23; i++)
        {
            _project.Folder.Write($"pictures/{(i % 3 == 0 ? "cat" : "dog")}/{i}.png", ImageBytes.GreyPng(2, 2, [(byte)i, 1, 2, 3]));
        }

        string[] images = ["inspect", "data", "data=image_folder", $"data.root={_project.Folder["pictures"]}", "data.test_fraction=0.25", "--json"];
        JsonNode json = _project.Do(images).Ends(0).Json;
        Assert.Equal([12, 5, 6], Samples(json));
        Assert.All(json["parts"]!.AsArray(), part => Assert.All(part!["per_class"]!.AsArray(), c => Assert.NotEqual(0, c!["samples"]!.GetValue<int>())));
        Assert.Contains("together below 1", _project.Do([.. images, "data.validation_fraction=0.8"]).Ends(2).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_test_set_the_summary_shows_validation_and_evaluate_suggests_it()
    {
        string[] data = WriteArrays([.. Enumerable.Range(0, 43).Select(i => (long)(i % 2))]);
        CommandOutput output = _project.Do(["train", .. data, "trainer.epochs=1"]).Ends(0);
        Assert.Contains(output.Lines, line => line.StartsWith("val accuracy", StringComparison.Ordinal) && line.EndsWith(" %", StringComparison.Ordinal));
        string error = _project.Do("evaluate", _project.Run).Ends(2).Error;
        Assert.Contains("expected one of its splits: train, val; received test", error, StringComparison.Ordinal);
        Assert.Contains("--split val", error, StringComparison.Ordinal);
        _project.Do("evaluate", _project.Run, "--split", "val").Ends(0);
    }

    private string[] WriteArrays(long[] labels, Func<int, float>? input = null)
    {
        _project.Folder.Write("arrays/x_train.npy", NpyBytes.Of([.. Enumerable.Range(0, labels.Length * 3).Select(i => input?.Invoke(i) ?? (i * 37) % 101)], labels.Length, 3));
        _project.Folder.Write("arrays/y_train.npy", NpyBytes.Of(labels, labels.Length));
        return ["data=npy", $"data.root={_project.Folder["arrays"]}", "loader.batch_size=8"];
    }

    private static int[] Samples(JsonNode json) => [.. json["parts"]!.AsArray().Select(p => p!["samples"]!.GetValue<int>())];

    private static int[][] PerClass(JsonNode json)
    {
        JsonArray parts = json["parts"]!.AsArray();
        return [.. Enumerable.Range(0, json["classes"]!.AsArray().Count).Select(c => (int[])[.. parts.Select(p => p!["per_class"]![c]!["samples"]!.GetValue<int>())])];
    }
}
