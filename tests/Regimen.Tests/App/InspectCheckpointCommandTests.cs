using System.Text.Json.Nodes;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using static TorchSharp.torch;

namespace Regimen.Tests.App;

public sealed class InspectCheckpointCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_run_a_checkpoint_and_its_file_are_the_same_tensors()
    {
        _project.Train("early_stopping=none").Ends(0);
        string file = Directory.GetFiles(_project.Run, "model.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        JsonNode json = _project.Do("inspect", "checkpoint", "latest", "--json").Ends(0).Json;
        Assert.Equal(["file", "format", "bytes", "wrapper", "metadata", "others", "tensors", "elements", "digest"], json.AsObject().Select(p => p.Key));
        Assert.Equal(((string?)JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!["weights_digest"], 101_770L), ((string?)json["digest"], (long)json["elements"]!));
        Assert.Equal(
            ["name", "type", "shape", "elements", "bytes", "min", "mean", "max", "norm", "nan", "infinite", "zeros"], json["tensors"]![0]!.AsObject().Select(p => p.Key));
        foreach (string source in (string[])[file, Path.GetDirectoryName(file)!, _project.Run])
        {
            Assert.Equal(json["tensors"]!.ToJsonString(), _project.Do("inspect", "checkpoint", source, "--json").Ends(0).Json["tensors"]!.ToJsonString());
        }
    }

    [Fact]
    public void The_text_has_a_row_for_each_tensor_and_names_what_is_not_finite()
    {
        using Tensor values = tensor(new[] { 1f, float.NaN, -2f });
        SafetensorsWriter.Write(_project.Folder["a.safetensors"], [new("b.x\u001b[31m", values)], new Dictionary<string, string> { ["made by"] = "a\ntest" });
        CommandOutput output = _project.Do("inspect", "checkpoint", "a.safetensors").Ends(0);
        Assert.Contains(output.Lines, l => l == "b.x?[31m  F32   [3]     -2  -0.5    1  2.2361    1");
        Assert.Contains("made by  a?test", output.Lines);
        Assert.Equal("1 tensor has values that are not finite: b.x?[31m", output.Lines[^1]);
        CommandOutput header = _project.Do("inspect", "checkpoint", "a.safetensors", "--header").Ends(0);
        Assert.Contains(header.Lines, l => l == "b.x?[31m  F32   [3]         3");
        Assert.DoesNotContain("digest", header.Out, StringComparison.Ordinal);
        Assert.Null(_project.Do("inspect", "checkpoint", "a.safetensors", "--header", "--json").Ends(0).Json["tensors"]![0]!["min"]);
    }

    [Theory]
    [InlineData("nothing", "There is no run and no file 'nothing'")]
    [InlineData("latest", "There is no run yet")]
    [InlineData("data/mnist", "The folder does not say which of its files has the weights")]
    [InlineData("data/mnist/train-labels-idx1-ubyte", "The file is damaged")]
    public void A_source_without_weights_is_refused(string source, string message)
        => Assert.Contains(message, _project.Do("inspect", "checkpoint", source).Ends(2).Error, StringComparison.Ordinal);

    [Fact]
    public void The_header_alone_is_read_of_a_state_dict()
    {
        byte[] bytes = TorchBytes.StateDict();
        bytes[System.Text.Encoding.Latin1.GetString(bytes).IndexOf("data/0", StringComparison.Ordinal) + 8] ^= 1;
        _project.Folder.Write("w.pth", bytes);
        Assert.Contains("fc.weight", _project.Do("inspect", "checkpoint", "w.pth", "--header").Ends(0).Out, StringComparison.Ordinal);
        Assert.Contains("checksum", _project.Do("inspect", "checkpoint", "w.pth").Ends(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Activations_show_dead_units()
    {
        _project.Train("model.hidden=6", "early_stopping=none").Ends(0);

        // Two units of the hidden layer never pass their ReLU.
        string model = Directory.GetFiles(_project.Run, "model.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        SafetensorsFile file = SafetensorsFile.Read(model);
        using Tensor bias = file.ToTensor(file.Entry("fc1.bias"));
        bias.fill_(1e3);
        bias[1].fill_(-1e4);
        bias[4].fill_(-1e4);
        SafetensorsWriter.Write(
            _project.Folder["dead.safetensors"], file.Entries.Select(e => KeyValuePair.Create(e.Name, e.Name == "fc1.bias" ? bias : file.ToTensor(e))), new Dictionary<string, string>());
        string[] arguments = ["inspect", "model", "model.hidden=6", $"data.root={_project.Data}", "init.from=dead.safetensors", "--activations", "--samples", "77"];
        JsonNode layers = _project.Do([.. arguments, "--json"]).Ends(0).Json["activations"]!;
        Assert.Equal(["fc1 6 2", "fc2 10 0"], layers.AsArray().Select(l => $"{l!["name"]} {l["units"]} {l["dead_units"]}"));
        CommandOutput text = _project.Do(arguments).Ends(0);
        Assert.Contains("for 77 training samples", text.Out, StringComparison.Ordinal);
        Assert.Contains("fc1: 2 of 6 units are not above 0", text.Out, StringComparison.Ordinal);
        Assert.Contains("--samples", _project.Do([.. arguments, "--samples", "0"]).Ends(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_memory_and_the_frozen_parameters_are_shown()
    {
        JsonNode json = _project.Do("inspect", "model", $"data.root={_project.Data}", "model.hidden=10", "freeze=[fc1]", "loader.batch_size=32", "--json").Ends(0).Json;
        JsonNode memory = json["training_memory"]!;
        const long parameters = 7850 + 110;
        Assert.Equal((parameters, 110L), ((long)json["parameters"]!, (long)json["trainable_parameters"]!));
        Assert.Equal((4 * parameters, 440L, 880L, 440L), ((long)memory["parameters"]!, (long)memory["gradients"]!, (long)memory["optimizer_state"]!, (long)memory["best_weights"]!));

        // The output of fc2 is kept for the backward pass; the two largest outputs exist at once.
        Assert.Equal(32 * 4 * (10 + (2 * 10)), (long)memory["activations"]!);
        Assert.Equal("[\"fc1 0 7850 0\",\"fc2 0 110 110\"]", new JsonArray([.. json["modules"]!.AsArray().Select(m => JsonValue.Create($"{m!["name"]} {m["depth"]} {m["parameters"]} {m["trainable_parameters"]}"))]).ToJsonString());
    }

    public void Dispose() => _project.Dispose();
}
