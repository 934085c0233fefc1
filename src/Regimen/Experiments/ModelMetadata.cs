using System.Text.Json.Nodes;

namespace Regimen.Experiments;

/// <summary>What model.safetensors says of its model, so that the file alone is enough to predict.</summary>
internal static class ModelMetadata
{
    public static IReadOnlyDictionary<string, string> Of(Experiment experiment) => new Dictionary<string, string>
    {
        ["format"] = "pt",
        ["regimen.format_version"] = "1",
        ["regimen.config"] = experiment.Config.ToJson().ToJsonString(),
        ["regimen.sample_shape"] = new JsonArray([.. experiment.Data.Train.SampleShape.Dimensions.Select(d => JsonValue.Create(d))]).ToJsonString(),
        ["regimen.classes"] = new JsonArray([.. experiment.Data.Train.Classes.Select(c => JsonValue.Create(c))]).ToJsonString(),
        ["regimen.preprocessing"] = new JsonArray([.. experiment.Data.EvalTransforms.Select(t => t.Describe())]).ToJsonString(),
    };
}
