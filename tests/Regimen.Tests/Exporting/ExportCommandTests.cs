using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.Catalog;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Experiments;
using Regimen.Onnx;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using static TorchSharp.torch;

namespace Regimen.Tests.Exporting;

public sealed class ExportCommandTests : IDisposable
{
    private const string CheckOnnx =
        """
        import sys
        import onnx
        model = onnx.load(sys.argv[1])
        onnx.checker.check_model(model, full_check=True)
        print(",".join(i.name for i in model.graph.input), model.opset_import[0].version, model.graph.output[0].name)
        """;

    private readonly ProjectFolder _project = new();

    [Theory]
    [InlineData("model=mlp", "model.hidden=[9, 5]", "model.norm=batch", "model.activation=gelu")]
    [InlineData("model=cnn", "model.channels=[3, 5]", "model.hidden=7", "model.norm=batch")]
    public void A_model_is_exported_and_computes_the_same(params string[] config)
    {
        _project.Train(["trainer.epochs=1", .. config]).Ends(0);
        JsonNode plain = Export("--output", "m.onnx", "--json").Ends(0).Json;
        Assert.Equal(["file", "format", "opset", "largest_difference", "checked_batches", "checked_on", "digest"], plain.AsObject().Select(p => p.Key));
        Assert.Equal((_project.Folder["m.onnx"], "onnx", 17, "test"), ((string)plain["file"]!, (string)plain["format"]!, (int)plain["opset"]!, (string)plain["checked_on"]!));
        Assert.Equal([1, 2, 7, 32], plain["checked_batches"]!.AsArray().Select(b => (int)b!));
        Assert.InRange((double)plain["largest_difference"]!, 0, 1e-5);

        // The same model gives the same bytes, and an export is replaced.
        Assert.Equal((string)plain["digest"]!, (string)Export("--output", "m.onnx", "--json").Ends(0).Json["digest"]!);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(_project.Folder.FullPath), p => Path.GetFileName(p).EndsWith(".new", StringComparison.Ordinal));
        Assert.Contains("regimen.config", OnnxMetadata.Read(_project.Folder["m.onnx"]).Keys);
        Assert.Contains("regimen.weights_digest", OnnxMetadata.Read(_project.Folder["m.onnx"]).Keys);
        Export("--output", "p.onnx", "--preprocessing").Ends(0);
        PyTorch.SkipWhereMissing("onnx");
        Assert.Equal("input 17 logits", PyTorch.Run(CheckOnnx, _project.Folder["m.onnx"]).Trim());
        Assert.Equal("input 17 probabilities", PyTorch.Run(CheckOnnx, _project.Folder["p.onnx"]).Trim());
    }

    [Fact]
    public void Images_are_resized_and_cropped_in_the_graph()
    {
        string[] steps = ["{name: resize, size: [19, 23]}", "{name: center_crop, size: [16, 17]}"];
        _project.Train(["trainer.epochs=1", "model.hidden=5", .. new[] { "train", "eval" }.Select(s => $"transforms.{s}=[{string.Join(", ", steps)}]")]).Ends(0);
        Assert.InRange((double)Export("--output", "m.onnx", "--preprocessing", "--json").Ends(0).Json["largest_difference"]!, 0, 1e-5);
    }

    [Theory]
    [InlineData("data.missing=mean", "data.unknown=zeros")]
    [InlineData("data.missing=median", "data.scale_target=log", "data.scaling=min_max")]
    [InlineData("data.missing=mean", "data.categories=codes", "model=tabular")]
    [InlineData("data.missing=mean", "data.categories=codes", "model=tabular", "data.unknown=zeros", "model.hidden=[7, 5]")]
    public void A_table_is_exported_with_its_columns(params string[] config)
    {
        string table = Tables.Houses(331).Replace(",Ulm,", ",,", StringComparison.Ordinal);
        File.WriteAllText(_project.Folder["houses.csv"], table);
        _project.Do(["train", "data=csv", $"data.path={_project.Folder["houses.csv"]}", "data.target=[price]", "objective=mse", "trainer.epochs=1", .. config]).Ends(0);
        JsonNode exported = Export("--output", "m.onnx", "--preprocessing", "--json").Ends(0).Json;
        Assert.InRange((double)exported["largest_difference"]!, 0, 1e-5);
        Assert.InRange((double)Export("--output", "m.onnx", "--json").Ends(0).Json["largest_difference"]!, 0, 1e-5);
    }

    [Fact]
    public void A_missing_value_and_an_unknown_category_are_encoded_as_in_training()
    {
        File.WriteAllText(_project.Folder["houses.csv"], Tables.Houses(331));
        _project.Do(
            "train", "data=csv", $"data.path={_project.Folder["houses.csv"]}", "data.target=[price]", "data.missing=mean", "data.unknown=zeros", "objective=mse", "trainer.epochs=1").Ends(0);
        Export("--output", "m.onnx", "--preprocessing").Ends(0);
        using OpenModel open = Open(_project.Run);
        TableRowEncoder encoder = TableRowEncoder.FromJson((JsonObject)open.Preprocessing[0]!);
        string?[][] rows = [["100", "20", "Trier", "0.7"], [null, "20", "Trier", "0.7"], ["100", "20", "Rome", "0.7"], ["100", "20", null, null]];
        using Tensor encoded = zeros(rows.Length, encoder.InputWidth);
        for (int i = 0; i < rows.Length; i++)
        {
            encoder.Encode(rows[i], TensorMemory.Span<float>(encoded).Slice(i * encoder.InputWidth, encoder.InputWidth), []);
        }

        using IDisposable noGrad = no_grad();
        using Tensor expected = ((nn.Module<Tensor, Tensor>)open.Model).call(encoded);
        using var session = new OnnxSession(_project.Folder["m.onnx"]);
        using Tensor received = session.Run(encoder.Features.Select((feature, column) => KeyValuePair.Create(
            feature.Name,
            feature.Kind == TableColumnKind.Numeric
                ? (object)tensor(rows.Select(r => r[column] is { } cell ? double.Parse(cell, CultureInfo.InvariantCulture) : double.NaN).ToArray()).reshape(-1, 1)
                : rows.Select(r => r[column] ?? string.Empty).ToArray())).ToDictionary());
        float[] values = TensorMemory.Span<float>(received).ToArray();
        float[] outputs = TensorMemory.Span<float>(expected).ToArray();
        Assert.All(outputs.Zip(values), v => Assert.Equal(open.TargetScale!.From(v.First, 0), v.Second, 1e-5));
        Assert.Equal(4, values.Distinct().Count());
    }

    [Fact]
    public void Without_its_data_a_model_is_checked_on_random_inputs_and_says_so()
    {
        _project.Train("trainer.epochs=1", "model.hidden=5").Ends(0);
        Directory.Delete(_project.Data, recursive: true);
        CommandOutput exported = Export("--output", "m.onnx").Ends(0);
        Assert.Contains("random inputs (the run's data was not found)", exported.Out, StringComparison.Ordinal);
        Assert.Contains("--preprocessing", Export("--output", "p.onnx", "--preprocessing").Ends(2).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_project.Folder["p.onnx"]));
    }

    [Fact]
    public void A_hugging_face_folder_opens_as_the_model_and_has_a_card()
    {
        _project.Train("trainer.epochs=1", "model.hidden=5").Ends(0);
        Export("--format", "hf", "--output", "hf").Ends(0);
        Export("--format", "hf", "--output", "hf").Ends(0);
        Assert.Equal(["README.md", "config.json", "model.safetensors"], Directory.GetFiles(_project.Folder["hf"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using OpenModel run = Open(_project.Run);
        using OpenModel open = Open(_project.Folder["hf"]);
        Assert.Equal(Weights.Digest(run.Model), Weights.Digest(open.Model));
        Assert.Equal("pt", SafetensorsFile.Read(_project.Folder["hf/model.safetensors"]).Metadata["format"]);
        string card = File.ReadAllText(_project.Folder["hf/README.md"]);
        Assert.Contains(Weights.Digest(run.Model), card, StringComparison.Ordinal);
        Assert.Contains($"regimen verify runs/{Path.GetFileName(_project.Run)}", card, StringComparison.Ordinal);
        Assert.Contains("| test | accuracy |", card, StringComparison.Ordinal);
        Assert.Equal(10, (int)JsonNode.Parse(File.ReadAllText(_project.Folder["hf/config.json"]))!["num_classes"]!);
    }

    [Fact]
    public void A_safetensors_file_opens_as_the_model()
    {
        _project.Train("trainer.epochs=1", "model.hidden=5").Ends(0);
        Export("--format", "safetensors", "--output", "m.safetensors").Ends(0);
        using OpenModel run = Open(_project.Run);
        using OpenModel open = Open(_project.Folder["m.safetensors"]);
        Assert.Equal(Weights.Digest(run.Model), Weights.Digest(open.Model));
        Assert.Equal(run.Preprocessing.ToJsonString(), open.Preprocessing.ToJsonString());
    }

    [Fact]
    public void Wrong_requests_write_nothing()
    {
        _project.Train("trainer.epochs=1", "model.hidden=5").Ends(0);
        Directory.CreateDirectory(_project.Folder["full"]);
        File.WriteAllText(_project.Folder["full/mine.txt"], "mine");
        Assert.Contains("Did you mean `onnx`?", Export("--format", "onx", "--output", "m.onnx").Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("not an exported model", Export("--format", "hf", "--output", "full").Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("needs a file", Export("--output", "full").Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("does not exist", Export("--output", "nowhere/m.onnx").Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("--format onnx", Export("--format", "hf", "--output", "hf", "--preprocessing").Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("--output", Export().Ends(2).Error, StringComparison.Ordinal);
        Assert.Equal(["mine.txt"], Directory.GetFileSystemEntries(_project.Folder["full"]).Select(Path.GetFileName));
        Assert.False(Directory.Exists(_project.Folder["hf"]));
    }

    public void Dispose() => _project.Dispose();

    private OpenModel Open(string what) => TrainedModel.Find(what, _project.Runs, _project.Folder.FullPath).Open(ComponentCatalog.From());

    private CommandOutput Export(params string[] arguments) => _project.Do(["export", "latest", .. arguments]);
}
