using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>verify finds whatever was changed, and calls identical what was not.</summary>
public sealed class VerifyCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_fresh_run_is_identical_and_nothing_is_written()
    {
        _project.Train("checkpoint.every_steps=3").Ends(0);
        string[] before = Directory.GetFileSystemEntries(_project.Folder.FullPath, "*", SearchOption.AllDirectories);
        JsonNode result = _project.Do("verify", "latest", "--json").Ends(0).Json;
        Assert.Equal(
            ["run", "identical", "first_difference", "weights_digest", "findings", "surroundings", "steps", "passes", "checkpoints"],
            result.AsObject().Select(p => p.Key));
        Assert.Equal(_project.Run, (string?)result["run"]);
        Assert.True((bool)result["identical"]!);
        Assert.Null(result["first_difference"]);
        Assert.Equal((string?)result["weights_digest"]!["expected"], (string?)result["weights_digest"]!["received"]);
        Assert.Equal((8L, 5, 2), ((long)result["steps"]!, (int)result["passes"]!, (int)result["checkpoints"]!));
        Assert.Empty(result["findings"]!.AsArray());
        Assert.StartsWith("identical: 8 losses, 5 passes, 2 checkpoints, weights digest ", _project.Do("verify", "latest").Ends(0).Out.Split('\n')[^2], StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(_project.Folder.FullPath, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Until_a_step_it_is_a_quick_proof()
    {
        _project.Train().Ends(0);
        Flip("steps.f32", (7 * 4) - 1);
        JsonNode result = _project.Do("verify", "latest", "--until-step", "6", "--json").Ends(0).Json;
        Assert.Equal((true, 6L), ((bool)result["identical"]!, (long)result["steps"]!));
        result = _project.Do("verify", "latest", "--until-step", "7", "--json").Ends(1).Json;
        Assert.Equal(7L, (long)result["first_difference"]!["step"]!);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("x")]
    public void A_step_that_is_none_is_refused(string step)
    {
        _project.Train().Ends(0);
        Assert.Contains("--until-step", _project.Do("verify", "latest", "--until-step", step).Ends(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void One_flipped_bit_in_a_loss_is_found_and_named()
    {
        _project.Train().Ends(0);
        Flip("steps.f32", 2 * 4);
        CommandOutput output = _project.Do("verify", "latest").Ends(1);
        Assert.Contains("differs: epoch 1, step 3: expected loss ", output.Out, StringComparison.Ordinal);
        JsonNode result = _project.Do("verify", "latest", "--json").Ends(1).Json;
        Assert.False((bool)result["identical"]!);
        Assert.Equal(3L, (long)result["first_difference"]!["step"]!);
        Assert.NotEqual((float)result["first_difference"]!["expected"]!, (float)result["first_difference"]!["received"]!);

        // The weights are what they were: only the record of losses lies.
        Assert.Equal((string?)result["weights_digest"]!["expected"], (string?)result["weights_digest"]!["received"]);
    }

    [Fact]
    public void One_changed_label_is_found_before_a_step_is_taken()
    {
        _project.Train().Ends(0);
        string labels = Path.Combine(_project.Data, "t10k-labels-idx1-ubyte");
        byte[] bytes = File.ReadAllBytes(labels);
        bytes[^1] ^= 1;
        File.WriteAllBytes(labels, bytes);
        JsonNode result = _project.Do("verify", "latest", "--json").Ends(1).Json;
        Assert.Equal((false, 0L), ((bool)result["identical"]!, (long)result["steps"]!));
        Assert.Contains("The data is not what the run was trained on", (string)result["findings"]![0]!["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.yaml", "lr: 0.001", "lr: 0.002", "`optimizer.lr` differs")]
    [InlineData("config.yaml", "seed: 42", "seed: 43", "do not agree on `seed`")]
    [InlineData("run.json", "\"seed\": 42", "\"seed\": 43", "do not agree on `seed`")]
    [InlineData("run.json", "\"threads\": 1", "\"threads\": 2", "do not agree on `threads`")]
    [InlineData("run.json", "\"steps\": 8", "\"steps\": 9", "not as long as the run")]
    [InlineData("run.json", "\"weights_digest\": \"", "\"weights_digest\": \"0", "The weights that the run ended with differ")]
    [InlineData("run.json", "\"best_step\": 8", "\"best_step\": 4", "best step differs")]
    [InlineData("metrics.jsonl", "\"loss\":", "\"loss\":1", "`loss` differs")]
    [InlineData("checkpoints/index.json", "\"step\": 8", "\"step\": 7", "sha256")]
    public void A_changed_value_is_found_and_named(string file, string from, string to, string finding)
    {
        _project.Train("threads=1").Ends(0);
        string path = Path.Combine(_project.Run, file);
        string text = File.ReadAllText(path);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
        JsonNode result = _project.Do("verify", "latest", "--json").Ends(1).Json;
        Assert.False((bool)result["identical"]!);
        Assert.Contains(finding, string.Join('\n', result["findings"]!.AsArray().Select(f => (string)f!["message"]!)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("training.safetensors")]
    public void A_changed_weight_is_found_and_named(string file)
    {
        _project.Train().Ends(0);
        Flip($"checkpoints/epoch-0002/{file}", 4000);
        JsonNode result = _project.Do("verify", "latest", "--json").Ends(1).Json;
        Assert.Contains("epoch-0002", (string)result["findings"]![0]!["where"]!, StringComparison.Ordinal);
        Assert.Null(result["first_difference"]);
    }

    [Fact]
    public void A_loss_too_few_or_too_many_is_found()
    {
        _project.Train().Ends(0);
        string steps = Path.Combine(_project.Run, "steps.f32");
        byte[] bytes = File.ReadAllBytes(steps);
        File.WriteAllBytes(steps, bytes[..^4]);
        JsonNode difference = _project.Do("verify", "latest", "--json").Ends(1).Json["first_difference"]!;
        Assert.Equal((8L, null), ((long)difference["step"]!, (float?)difference["expected"]));
        File.WriteAllBytes(steps, [.. bytes, 0, 0, 0, 0]);
        difference = _project.Do("verify", "latest", "--json").Ends(1).Json["first_difference"]!;
        Assert.Equal((9L, null), ((long)difference["step"]!, (float?)difference["received"]));
    }

    [Fact]
    public void What_differs_in_the_surroundings_is_said()
    {
        _project.Train().Ends(0);
        string manifest = Path.Combine(_project.Run, "run.json");
        string version = (string)JsonNode.Parse(File.ReadAllText(manifest))!["versions"]!["libtorch"]!;
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace($"\"libtorch\": \"{version}\"", "\"libtorch\": \"1.0\"", StringComparison.Ordinal));
        CommandOutput output = _project.Do("verify", "latest").Ends(0);
        int said = output.Out.IndexOf($"note: libtorch is {version} here, 1.0 in the run's record", StringComparison.Ordinal);
        Assert.InRange(said, 0, output.Out.IndexOf("identical: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("steps.f32")]
    [InlineData("config.yaml")]
    [InlineData("metrics.jsonl")]
    public void A_folder_without_one_of_its_files_is_refused(string file)
    {
        _project.Train().Ends(0);
        File.Delete(Path.Combine(_project.Run, file));
        Assert.Contains(file, _project.Do("verify", "latest").Ends(2).Error, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();

    private void Flip(string file, int position)
    {
        string path = Path.Combine(_project.Run, file);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[position] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
