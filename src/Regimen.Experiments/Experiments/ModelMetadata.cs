using System.Text.Json.Nodes;
using Regimen.Data;

namespace Regimen.Experiments;

/// <summary>What model.safetensors says of its model, so that the file alone is enough to predict.</summary>
internal static class ModelMetadata
{
    /// <summary>The key of the model's inputs and outputs, which files of earlier versions do not have.</summary>
    public const string Context = "regimen.context";

    public static IReadOnlyDictionary<string, string> Of(Experiment experiment) => new Dictionary<string, string>
    {
        ["format"] = "pt",
        ["regimen.format_version"] = "1",
        ["regimen.config"] = experiment.Config.ToJson().ToJsonString(),
        ["regimen.sample_shape"] = new JsonArray([.. experiment.Data.Train.SampleShape.Dimensions.Select(d => JsonValue.Create(d))]).ToJsonString(),
        ["regimen.classes"] = new JsonArray([.. experiment.Data.Train.Classes.Select(c => JsonValue.Create(c))]).ToJsonString(),
        [Context] = experiment.Context.ToJson().ToJsonString(),
        ["regimen.preprocessing"] = Preprocessing(experiment.Data).ToJsonString(),
    };

    /// <summary>What is done to a source's sample on its way to the model, in order; last what was done to its target.</summary>
    private static JsonArray Preprocessing(DataSplits data) => new(
    [
        .. data.Encoding is { } encoding ? [encoding.DeepClone()] : Array.Empty<JsonNode>(),
        .. data.EvalTransforms.Select(t => t.Describe()),
        .. TargetScale.Of(data.Train) is { } scale ? [scale.Describe()] : Array.Empty<JsonNode>(),
    ]);
}
