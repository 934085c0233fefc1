using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using static TorchSharp.torch;

namespace Regimen.Tests.App;

/// <summary>Tests that verify finds every change, and reports an unchanged run as identical.</summary>
public sealed class VerifyCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_run_that_early_stopping_ended_inside_an_epoch_is_identical()
    {
        using var project = new ProjectFolder();
        project.Train("trainer.validate_every_steps=1", "early_stopping.patience=1", "early_stopping.min_delta=5", "checkpoint.every_steps=1").Ends(0);
        Assert.Contains("step-", string.Join(' ', Directory.GetDirectories(Path.Combine(project.Run, "checkpoints")).Select(Path.GetFileName)), StringComparison.Ordinal);
        Assert.Contains("identical: ", project.Do("verify", "latest").Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fresh_run_is_identical_and_nothing_is_written()
    {
        _project.Train("checkpoint.every_steps=3").Ends(0);
        string[] before = Directory.GetFileSystemEntries(_project.Folder.FullPath, "*", SearchOption.AllDirectories);
        JsonNode result = _project.Do("verify", "latest", "--json").Ends(0).Json;
        Assert.Equal(
            ["run", "identical", "first_difference", "weights_digest", "findings", "environment", "steps", "passes", "checkpoints", "not_compared"],
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
    public void Until_step_verifies_only_the_first_steps()
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
    public void An_invalid_step_is_refused(string step)
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

        // The weights are unchanged: only the recorded loss is wrong.
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
        Assert.Contains("The data is not the data that the run was trained on", (string)result["findings"]![0]!["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.yaml", "lr: 0.001", "lr: 0.002", "`optimizer.lr` differs")]
    [InlineData("config.yaml", "seed: 42", "seed: 43", "do not agree on `seed`")]
    [InlineData("run.json", "\"seed\": 42", "\"seed\": 43", "do not agree on `seed`")]
    [InlineData("run.json", "\"threads\": 1", "\"threads\": 2", "do not agree on `threads`")]
    [InlineData("run.json", "\"steps\": 8", "\"steps\": 9", "The number of recorded losses differs")]
    [InlineData("run.json", "\"weights_digest\": \"", "\"weights_digest\": \"0", "The final weights differ")]
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
    [InlineData("run.json", "\"val\": {\n    \"loss\": ", "\"val\": {\n    \"loss\": 1", "val loss differs")]
    [InlineData("run.json", "\"test\": {\n    \"loss\": ", "\"test\": {\n    \"more\": 1,\n    \"loss\": ", "test more differs")]
    [InlineData("run.json", "\"status\": \"finished\"", "\"status\": \"stopped_early\"", "status differs")]
    [InlineData("run.json", "\"error\": null", "\"error\": \"x\"", "error differs")]
    [InlineData("run.json", "\"epochs\": 2", "\"epochs\": 3", "epochs differs")]
    [InlineData("run.json", "\"best_epoch\": 2", "\"best_epoch\": 1", "best epoch differs")]
    [InlineData("run.json", "\"parameters\": ", "\"parameters\": 1", "parameters differs")]
    [InlineData("run.json", "\"device\": \"cpu\"", "\"device\": \"cuda\"", "device differs")]
    [InlineData("run.json", "\"threads_shared_by\": \"", "\"threads_shared_by\": \"x", "threads_shared_by differs")]
    [InlineData("metrics.jsonl", "\"epoch\":2", "\"epoch\":1", "The row contains another pass")]
    [InlineData("metrics.jsonl", "\"samples\":", "\"samples\":1", "`samples` differs")]
    [InlineData("metrics.jsonl", "\"lr\":", "\"lr\":1", "`lr` differs")]
    [InlineData("metrics.jsonl", "\"loss\":", "\"forged\":1,\"loss\":", "`forged` differs")]
    [InlineData("metrics.jsonl", "\"accuracy\":", "\"precision\":", "`accuracy` differs")]
    public void A_forged_value_is_found_and_named(string file, string from, string to, string finding)
    {
        Forge(file, text => text.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(finding, Findings(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_forged_accuracy_is_found()
    {
        Forge("run.json", text =>
        {
            JsonNode manifest = JsonNode.Parse(text)!;
            manifest["val"]!["accuracy"] = 0.99;
            return manifest.ToJsonString();
        });
        Assert.Contains("val accuracy differs", Findings(), StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_in_another_order_are_found()
    {
        Forge("metrics.jsonl", text =>
        {
            string[] lines = text.Split('\n');
            (lines[0], lines[1]) = (lines[1], lines[0]);
            return string.Join('\n', lines);
        });
        Assert.Contains("The row contains another pass", Findings(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("best", "epoch-0001", "the best than that of the best validation")]
    [InlineData("last", "epoch-0001", "the last than the newest")]
    [InlineData("best", null, "the best than that of the best validation")]
    public void An_index_that_was_forged_and_signed_is_found(string key, string? value, string finding)
    {
        Forge("checkpoints/index.json", text => Signed(text, index => index[key] = value), "checkpoint.keep=3");
        Assert.Contains(finding, Findings(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("training.safetensors", "state", "The optimizer's state of checkpoint epoch-0002 differs")]
    [InlineData("training.safetensors", "best", "The best so far of checkpoint epoch-0002 differs")]
    [InlineData("training.safetensors", "running", "The state within the epoch of checkpoint epoch-0002 differs")]
    [InlineData("training.safetensors", "history_rows", "has changed since this checkpoint was written")]
    [InlineData("model.safetensors", "regimen.preprocessing", "`regimen.preprocessing` of the model's file")]
    [InlineData("model.safetensors", "regimen.classes", "`regimen.classes` of the model's file")]
    [InlineData("model.safetensors", "regimen.sample_shape", "`regimen.sample_shape` of the model's file")]
    [InlineData("model.safetensors", "added", "`added` of the model's file")]
    public void A_checkpoint_that_was_forged_and_signed_is_found(string name, string what, string finding)
    {
        string path = string.Empty;
        Forge("checkpoints/index.json", text =>
        {
            path = Path.Combine(_project.Run, "checkpoints", "epoch-0002", name);
            SafetensorsFile file = SafetensorsFile.Read(path);
            KeyValuePair<string, Tensor>[] tensors = [.. file.Entries.Select(e => KeyValuePair.Create(e.Name, file.ToTensor(e)))];
            var metadata = new Dictionary<string, string>(file.Metadata);
            switch (what)
            {
                case "state":
                    tensors[0].Value.add_(1e-3);
                    break;
                case "best":
                    metadata["best"] = metadata["best"].Replace("\"value\":", "\"value\":1", StringComparison.Ordinal);
                    break;
                case "running":
                    metadata["running"] = metadata["running"].Replace("\"samples\": 0", "\"samples\": 8", StringComparison.Ordinal).Replace("\"samples\":0", "\"samples\":8", StringComparison.Ordinal);
                    Assert.NotEqual(file.Metadata["running"], metadata["running"]);
                    break;
                case "history_rows":
                    metadata["history_rows"] = "3";
                    break;
                case "regimen.preprocessing":
                    metadata[what] = "[]";
                    break;
                case "regimen.classes":
                    metadata[what] = metadata[what].Replace("\"1\"", "\"one\"", StringComparison.Ordinal);
                    break;
                case "regimen.sample_shape":
                    metadata[what] = "[28,28]";
                    break;
                default:
                    metadata[what] = "1";
                    break;
            }

            File.Delete(path);
            string digest = SafetensorsWriter.Write(path, tensors, metadata);
            return Signed(text, index => index["checkpoints"]!.AsArray().Single(c => (string)c!["name"]! == "epoch-0002")!["sha256"]![name] = digest);
        });
        Assert.Contains(finding, Findings(), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_are_not_compared_are_named()
    {
        _project.Train().Ends(0);
        CommandOutput output = _project.Do("verify", "latest").Ends(0);
        string line = output.Lines.Single(l => l.StartsWith("not compared: ", StringComparison.Ordinal));
        foreach (string what in (string[])["started", "seconds", "git", "versions", "train.log", "TensorBoard", "checkpoint.keep"])
        {
            Assert.Contains(what, line, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("best_step", line, StringComparison.Ordinal);
        Assert.Contains("best_step", _project.Do("verify", "latest", "--until-step", "5").Ends(0).Out, StringComparison.Ordinal);
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
    public void A_missing_or_additional_loss_is_found()
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
    public void A_different_environment_is_reported()
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

    /// <summary>Trains, then changes a file.</summary>
    private void Forge(string file, Func<string, string> change, params string[] config)
    {
        _project.Train(["threads=1", .. config]).Ends(0);
        string path = Path.Combine(_project.Run, file);
        string text = File.ReadAllText(path);
        string changed = change(text);
        Assert.NotEqual(text, changed);
        File.WriteAllText(path, changed);
    }

    private string Findings() => string.Join('\n', _project.Do("verify", "latest", "--json").Ends(1).Json["findings"]!.AsArray().Select(f => (string)f!["message"]!));

    /// <summary>Returns an index with a change and a matching checksum.</summary>
    private static string Signed(string text, Action<JsonObject> change)
    {
        var indented = new JsonSerializerOptions { WriteIndented = true };
        JsonObject index = JsonNode.Parse(text)!.AsObject();
        change(index);
        index["sha256"] = null;
        index["sha256"] = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(index, indented)));
        return index.ToJsonString(indented);
    }

    private void Flip(string file, int position)
    {
        string path = Path.Combine(_project.Run, file);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[position] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
