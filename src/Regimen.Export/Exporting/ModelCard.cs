using System.Globalization;
using System.Text;
using Regimen.Experiments;
using Regimen.Runs;
using Regimen.Safetensors;

namespace Regimen.Exporting;

/// <summary>The README.md of an exported folder, written from the run's record.</summary>
internal static class ModelCard
{
    /// <summary>Returns the text.</summary>
    /// <param name="source">The trained model.</param>
    /// <param name="model">The open model.</param>
    /// <param name="fileDigest">The SHA-256 of the weights' file.</param>
    public static string Text(TrainedModel source, OpenModel model, string fileDigest)
    {
        RunManifest? manifest = source.Manifest;
        var text = new StringBuilder();
        text.Append("---\nlibrary_name: regimen\ntags:\n- regimen\n- ").Append(model.Config.Model.Name).Append("\n---\n");
        text.Append(CultureInfo.InvariantCulture, $"# {model.Config.Model.Name} on {model.Config.Data.Name}\n");
        text.Append(CultureInfo.InvariantCulture, $"Trained with Regimen: model `{model.Config.Model.Name}`, data `{model.Config.Data.Name}`, objective `{model.Config.Objective.Name}`.\n\n");
        text.Append("| | |\n|---|---|\n");
        text.Append(CultureInfo.InvariantCulture, $"| Parameters | {model.Model.parameters().Sum(p => p.numel()):N0} |\n");
        text.Append(CultureInfo.InvariantCulture, $"| Inputs | {string.Join(", ", model.Context.Inputs.Select(f => $"{f.Name} {f.BatchType.ToString().ToLowerInvariant()} {f.Shape}"))} |\n");
        text.Append(CultureInfo.InvariantCulture, $"| Outputs | {model.Context.Outputs} |\n");
        if (model.Context.Classes.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"| Classes | {Escaped(string.Join(", ", model.Context.Classes.Take(50)))}{(model.Context.Classes.Count > 50 ? ", …" : string.Empty)} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"| SHA-256 of model.safetensors | `{fileDigest}` |\n| Digest of the weights | `{Weights.Digest(model.Model)}` |\n");
        if (manifest is not null)
        {
            AppendRun(text, source, manifest);
        }

        text.Append("\n## Pre-processing\nThe steps from a sample of the source to the model's input, in order:\n\n```json\n");
        text.Append(model.Preprocessing.ToJsonString()).Append("\n```\n");
        text.Append("\n## Config\n```yaml\n").Append(model.Config.ToYaml().TrimEnd()).Append("\n```\n");
        return text.ToString();
    }

    private static void AppendRun(StringBuilder text, TrainedModel source, RunManifest manifest)
    {
        string run = Path.GetFileName(source.RunFolder!);
        text.Append(CultureInfo.InvariantCulture, $"| Fingerprint of the data | `{manifest.DataFingerprint}` |\n");
        text.Append(CultureInfo.InvariantCulture, $"| Run | `{run}`, checkpoint `{source.Checkpoint}` |\n");
        if ((manifest.Val ?? manifest.Test) is not null)
        {
            text.Append("\n## Metrics\n| split | metric | value |\n|---|---|---|\n");
            AppendMetrics(text, Pass.Validation, manifest.Val);
            AppendMetrics(text, Pass.Test, manifest.Test);
        }

        text.Append(CultureInfo.InvariantCulture, $"\n## Reproduction\n`regimen verify runs/{run}` trains the run again from its folder and compares every loss, metric and weight, bit for bit.\n");
    }

    private static void AppendMetrics(StringBuilder text, string split, IReadOnlyDictionary<string, double?>? metrics)
    {
        foreach ((string name, double? value) in metrics ?? new Dictionary<string, double?>())
        {
            text.Append(CultureInfo.InvariantCulture, $"| {split} | {name} | {(value is { } number ? number.ToString("G6", CultureInfo.InvariantCulture) : "undefined")} |\n");
        }
    }

    private static string Escaped(string cell) => cell.Replace("|", "\\|", StringComparison.Ordinal).Replace("\n", " ", StringComparison.Ordinal);
}
