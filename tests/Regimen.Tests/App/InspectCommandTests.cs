using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

public sealed class InspectCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Theory]
    [InlineData("mlp", 101_770, 101_632)]
    [InlineData("cnn", 1_199_882, 11_992_448)]
    public void Json_has_the_layers_and_their_sum(string model, long parameters, long multiplyAdds)
    {
        CommandOutput output = _project.Do("inspect", "model", $"model={model}", $"data.root={_project.Data}", "--json").Ends(0);
        JsonNode json = output.Json;
        Assert.Equal(
            ["model", "sample_shape", "layers", "modules", "parameters", "trainable_parameters", "multiply_adds", "parameter_bytes", "activation_bytes", "training_memory", "bits", "machine_operations"],
            json.AsObject().Select(p => p.Key));
        Assert.Equal(model, json["model"]!.GetValue<string>());
        Assert.Equal("[1,28,28]", json["sample_shape"]!.ToJsonString());
        Assert.Equal((parameters, multiplyAdds), (json["parameters"]!.GetValue<long>(), json["multiply_adds"]!.GetValue<long>()));
        JsonArray layers = json["layers"]!.AsArray();
        Assert.All(layers, l => Assert.Equal(["name", "kind", "output_shape", "parameters", "multiply_adds"], l!.AsObject().Select(p => p.Key)));
        Assert.Equal(parameters, layers.Sum(l => l!["parameters"]!.GetValue<long>()));
        Assert.Equal(parameters * sizeof(float), json["parameter_bytes"]!.GetValue<long>());
    }

    [Fact]
    public void Layers_are_in_forward_order_with_their_output_shapes()
    {
        JsonArray layers = _project.Do("inspect", "model", "model=cnn", $"data.root={_project.Data}", "--json").Ends(0).Json["layers"]!.AsArray();
        Assert.Equal(
            ["conv1 [1,32,26,26]", "conv2 [1,64,24,24]", "dropout1 [1,9216]", "fc1 [1,128]", "dropout2 [1,128]", "fc2 [1,10]"],
            layers.Select(l => $"{l!["name"]!.GetValue<string>()} {l["output_shape"]!.ToJsonString()}"));
    }

    [Fact]
    public void Text_has_a_row_per_layer_and_the_sum()
    {
        CommandOutput output = _project.Do("inspect", "model", "model=cnn", $"data.root={_project.Data}").Ends(0);
        Assert.Matches("^conv1 +Conv2d +\\[1, 32, 26, 26\\] +320 +194,688$", output.Lines.Single(l => l.StartsWith("conv1", StringComparison.Ordinal)));
        Assert.Matches("^total +1,199,882 +11,992,448$", output.Lines.Single(l => l.StartsWith("total", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_config_key_changes_the_model_shown()
    {
        JsonNode json = _project.Do("inspect", "model", "model.hidden=10", $"data.root={_project.Data}", "--json").Ends(0).Json;
        Assert.Equal((784 * 10) + 10 + (10 * 10) + 10, json["parameters"]!.GetValue<long>());
        Assert.False(Directory.Exists(_project.Runs));
    }

    public void Dispose() => _project.Dispose();
}
