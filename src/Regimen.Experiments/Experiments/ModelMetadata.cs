using System.Text.Json.Nodes;
using Regimen.Data;

namespace Regimen.Experiments;

/// <summary>The metadata of model.safetensors, which make the file sufficient to predict.</summary>
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

    /// <summary>Returns the steps from a source's sample to the model's input, in order, followed by the scaling of the target.</summary>
    private static JsonArray Preprocessing(DataSplits data) => new(
    [
        .. data.Encoding is { } encoding ? [encoding.DeepClone()] : Array.Empty<JsonNode>(),
        .. data.EvalTransforms.Select(t => t.Describe()),
        .. TargetScale.Of(data.Train) is { } scale ? [scale.Describe()] : Array.Empty<JsonNode>(),
    ]);
}
