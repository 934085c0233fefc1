using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Experiments;
using Regimen.Files;
using Regimen.Safetensors;

namespace Regimen.Exporting;

/// <summary>Writes a model as a folder that Hugging Face tools and timm read.</summary>
internal static class HuggingFaceFolder
{
    private const string ConfigFile = "config.json";
    private const string WeightsFile = "model.safetensors";
    private const string CardFile = "README.md";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether a folder was written by an export.</summary>
    public static bool IsOne(string folder) => File.Exists(Path.Combine(folder, ConfigFile)) && File.Exists(Path.Combine(folder, WeightsFile));

    /// <summary>Writes the folder: under a temporary name first, so that an interrupted export leaves no incomplete folder.</summary>
    public static ExportResult Write(TrainedModel source, OpenModel model, string path) => OutputFile.Guard(path, () =>
    {
        string temporary = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.new");
        DeleteFolder(temporary);
        Directory.CreateDirectory(temporary);
        try
        {
            string digest = Weights.Save(model.Model, Path.Combine(temporary, WeightsFile), source.Metadata);
            AtomicFile.WriteAllBytes(Path.Combine(temporary, ConfigFile), JsonSerializer.SerializeToUtf8Bytes(Config(source, model), Indented));
            AtomicFile.WriteAllBytes(Path.Combine(temporary, CardFile), System.Text.Encoding.UTF8.GetBytes(ModelCard.Text(source, model, digest)));
            DeleteFolder(path);
            Directory.Move(temporary, path);
            AtomicFile.FlushFolder(Path.GetDirectoryName(path)!);
            return new ExportResult(path, "hf", digest);
        }
        finally
        {
            DeleteFolder(temporary);
        }
    });

    /// <summary>The config: the keys that timm reads (architecture, num_classes, pretrained_cfg), and those of the model.</summary>
    private static JsonObject Config(TrainedModel source, OpenModel model)
    {
        string name = model.Config.Model.Name;
        var config = new JsonObject
        {
            ["architecture"] = Timm.Architecture(model) ?? name,
            ["model_type"] = name,
            ["num_classes"] = model.Context.Outputs,
            ["label_names"] = new JsonArray([.. model.Context.Classes.Select(c => JsonValue.Create(c))]),
            ["id2label"] = new JsonObject(model.Context.Classes.Select((c, i) => KeyValuePair.Create(FormattableString.Invariant($"{i}"), (JsonNode?)c))),
            ["label2id"] = new JsonObject(model.Context.Classes.Select((c, i) => (c, i)).DistinctBy(c => c.c).Select(c => KeyValuePair.Create(c.c, (JsonNode?)c.i))),
            ["torch_dtype"] = "float32",
            ["options"] = model.Config.ToJson()["model"]!.DeepClone(),
        };
        if (Timm.PretrainedConfig(model) is { } pretrained)
        {
            config["pretrained_cfg"] = pretrained;
        }

        if (Timm.Arguments(model) is { } arguments)
        {
            config["model_args"] = arguments;
        }

        if (source.Manifest?.WeightsDigest is { } digest)
        {
            config["regimen_weights_digest"] = digest;
        }

        return config;
    }

    private static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
