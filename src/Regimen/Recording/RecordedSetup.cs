using System.Reflection;
using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Runs;
using Regimen.Training;
using static TorchSharp.torch;

namespace Regimen.Recording;

/// <summary>What the record of a library training holds of its <see cref="TrainSetup"/>.</summary>
internal static class RecordedSetup
{
    /// <summary>Computes the fingerprint of the trainer's data.</summary>
    public static string Fingerprint(TrainSetup setup) => DataFingerprint.Of(new DataSplits { Train = setup.Train.Dataset, Validation = setup.Validation?.Dataset });

    /// <summary>Returns the manifest of a run that begins now.</summary>
    public static RunManifest Manifest(TrainSetup setup, RunEnvironment environment, DateTimeOffset now) => new()
    {
        Status = RunStatus.Running,
        Started = now,
        Seed = setup.Options.Seed,
        Threads = Threads.Current,
        ThreadsSharedBy = Threads.Parts > 1 ? "layers" : "torch",
        Bits = BitsLevel.Of(setup.Options, setup.Model, setup.Objective, setup.Optimizer, setup.Train).Name,
        Allocator = NativeSettings.Allocator,
        Device = (setup.Model.parameters().FirstOrDefault()?.device ?? CPU).ToString(),
        Model = setup.Model.GetType().Name,
        Data = setup.Train.Dataset.GetType().Name,
        Program = Assembly.GetEntryAssembly()?.GetName().Name ?? "unknown",
        WorkingDirectory = Environment.CurrentDirectory,
        DataFingerprint = null,
        Plan = Plan(setup),
        Parameters = setup.Model.parameters().Sum(p => p.numel()),
        Versions = environment.Versions,
        Git = environment.Git,
    };

    /// <summary>Returns the number of epochs and steps.</summary>
    public static RunPlan Plan(TrainSetup setup) => TrainPlan.For(setup.Options, setup.Train).ToRecord();

    /// <summary>Describes the data and the model's parameters, for the log.</summary>
    public static string Describe(TrainSetup setup)
    {
        string train = setup.Train.Stream is null ? $"{setup.Train.Dataset.Count}" : $"a stream, {setup.Train.Dataset.Count} samples in an epoch";
        string validation = setup.Validation is { } loader ? $", val {loader.Dataset.Count}" : string.Empty;
        string fields = string.Join(", ", setup.Train.Fields.Select(f => $"{f.Name} {f.BatchType.ToString().ToLowerInvariant()} {f.Shape}"));
        string measured = setup.Objective.Measured(setup.Train.Dataset.Classes) is { } weights ? $"\nobjective: {weights}" : string.Empty;
        return $"data {setup.Train.Dataset.GetType().Name}: {fields}; train {train}{validation}\n"
            + $"model {setup.Model.GetType().Name}: {string.Join(", ", setup.Model.named_parameters().Select(p => $"{p.name} [{string.Join(", ", p.parameter.shape)}]"))}{measured}";
    }

    /// <summary>Returns the metadata of the model's file in each checkpoint.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(TrainSetup setup, JsonObject settings) => new Dictionary<string, string>
    {
        ["format"] = "pt",
        ["regimen.format_version"] = "1",
        ["regimen.settings"] = settings.ToJsonString(),
        ["regimen.sample_shape"] = new JsonArray([.. setup.Train.Dataset.SampleShape.Dimensions.Select(d => JsonValue.Create(d))]).ToJsonString(),
        ["regimen.classes"] = new JsonArray([.. setup.Train.Dataset.Classes.Select(c => JsonValue.Create(c))]).ToJsonString(),
    };
}
