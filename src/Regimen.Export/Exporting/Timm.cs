using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Experiments;

namespace Regimen.Exporting;

/// <summary>The names and arguments of the models that timm has too, under the same names of weights.</summary>
internal static class Timm
{
    /// <summary>The name of the architecture in timm; null if timm has no model with these weights.</summary>
    public static string? Architecture(OpenModel model) => model.Config.Model.Name switch
    {
        "resnet18" or "resnet34" or "resnet50" when Option(model, "stem")?.ToString() != "small" => model.Config.Model.Name,
        "vit" => "vit_base_patch16_224",
        _ => null,
    };

    /// <summary>The arguments of timm's constructor that differ from the architecture's own; null if timm does not have the model.</summary>
    public static JsonObject? Arguments(OpenModel model)
    {
        if (Architecture(model) is null)
        {
            return null;
        }

        SampleShape shape = model.Context.InputShape;
        var arguments = new JsonObject { ["in_chans"] = shape.Channels };
        if (model.Config.Model.Name == "vit")
        {
            arguments["img_size"] = new JsonArray(shape.Dimensions[1], shape.Dimensions[2]);
            arguments["patch_size"] = Option(model, "patch")?.DeepClone();
            arguments["embed_dim"] = Option(model, "width")?.DeepClone();
            arguments["depth"] = Option(model, "depth")?.DeepClone();
            arguments["num_heads"] = Option(model, "heads")?.DeepClone();
            arguments["mlp_ratio"] = Option(model, "mlp_ratio")?.DeepClone();
        }

        return arguments;
    }

    /// <summary>The input that the weights were trained for, as in timm's configs; null if timm does not have the model.</summary>
    public static JsonObject? PretrainedConfig(OpenModel model)
    {
        if (Architecture(model) is null)
        {
            return null;
        }

        SampleShape shape = model.Context.InputShape;
        JsonObject? normalize = model.Preprocessing.OfType<JsonObject>().LastOrDefault(s => s["name"]?.ToString() == "normalize");
        return new JsonObject
        {
            ["input_size"] = new JsonArray([.. shape.Dimensions.Select(d => JsonValue.Create(d))]),
            ["num_classes"] = model.Context.Outputs,
            ["mean"] = PerChannel(normalize?["mean"], shape.Channels, 0),
            ["std"] = PerChannel(normalize?["std"], shape.Channels, 1),
        };
    }

    private static JsonNode? Option(OpenModel model, string key) => model.Config.ToJson()["model"]?[key];

    private static JsonArray PerChannel(JsonNode? values, int channels, double otherwise)
    {
        double[] given = values is null ? [otherwise] : [.. values.AsArray().Select(v => v!.GetValue<double>())];
        return new JsonArray([.. Enumerable.Range(0, channels).Select(c => JsonValue.Create(given[given.Length == 1 ? 0 : c]))]);
    }
}
