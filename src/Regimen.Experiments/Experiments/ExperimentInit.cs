using Regimen.Configuration;
using Regimen.FineTuning;
using Regimen.Runs;
using Regimen.Safetensors;
using static TorchSharp.torch;

namespace Regimen.Experiments;

/// <summary>Loads the initial weights of an experiment's model: from <c>init.from</c>, or for a recorded run from the copy in its folder.</summary>
internal static class ExperimentInit
{
    /// <summary>Loads the weights.</summary>
    /// <param name="config">The config.</param>
    /// <param name="model">The model with the random values of the seed.</param>
    /// <returns>What became of each tensor; null if the model stays random, or its weights are loaded later.</returns>
    /// <exception cref="RequestException">There is no such source, it is damaged, or its tensors do not fit.</exception>
    public static InitReport? Load(RunConfig config, nn.Module model)
    {
        if (config.Init.From is not { } from)
        {
            return config.Init is { Strict: true, Skip: [], Rename.Count: 0, Digest: null }
                ? null
                : throw new RequestException(new Problem("The keys of `init` have no effect without a source") { Where = "init.from", Expected = "a run, a checkpoint or a file", Received = "null" });
        }

        switch (config.RecordedInit)
        {
            case { File: null }:
                return null;
            case { File: { } copy, Sha256: var expected }:
                return LoadCopy(model, copy, expected, config.Init);
            default:
                string folder = config.WorkingDirectory ?? Environment.CurrentDirectory;
                return InitialWeights.Load(model, InitSource.Find(from, config.Runs, folder), config.Init);
        }
    }

    /// <summary>Writes the loaded tensors to the folder of a new run, and returns the record of them; null if the model was random.</summary>
    public static RunInit? Record(Experiment experiment, RunFolder folder)
    {
        if (experiment.Init is not { } report)
        {
            return null;
        }

        Dictionary<string, Tensor> tensors = experiment.Model.state_dict();
        string sha256 = SafetensorsWriter.Write(
            folder.InitFile, report.Loaded.Select(name => KeyValuePair.Create(name, tensors[name])), new Dictionary<string, string> { ["format"] = "pt", ["regimen.init_from"] = report.Source });
        return new RunInit(report.Source, report.Digest, sha256, report.Loaded.Count, report.Fresh, report.Unexpected.Count);
    }

    /// <summary>Returns where a recorded run's initial weights are.</summary>
    public static RecordedInit Of(RunFolder folder, RunManifest manifest) => new(folder.InitFile, manifest.Init?.Sha256);

    private static InitReport LoadCopy(nn.Module model, string copy, string? expected, InitOptions options)
    {
        var file = SafetensorsFile.Read(copy);
        if (file.Digest != expected)
        {
            throw new RequestException(new Problem("The run's copy of its initial weights is damaged")
            {
                Where = copy,
                Expected = $"SHA-256 {expected ?? "in run.json"}",
                Received = file.Digest,
            });
        }

        Dictionary<string, Tensor> targets = model.state_dict();
        using TensorSet tensors = TensorSet.Of(file);
        Engine.NamedTensors.CopyInto(
            targets.Where(t => tensors.ByName.ContainsKey(t.Key)).ToDictionary(), tensors.ByName, "The run's initial weights do not fit the model", copy);
        return new InitReport(options.From!, options.Digest ?? string.Empty, [.. tensors.ByName.Keys], [], [.. targets.Keys.Where(t => !tensors.ByName.ContainsKey(t))], [], []);
    }
}
