using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Regimen.Catalog;
using Regimen.FineTuning;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Recording;
using Regimen.Tracking;
using Regimen.Training;
using Regimen.Transforms;

namespace Regimen.Configuration;

/// <summary>The complete, validated config of a run.</summary>
/// <remarks>Created by <see cref="ConfigComposer"/>. The config keys are the property names in snake case, of this record and of
/// <see cref="Transforms"/>, <see cref="Loader"/>, <see cref="Trainer"/>, <see cref="EarlyStopping"/> and <see cref="Checkpoint"/>.</remarks>
public sealed record RunConfig
{
    /// <summary>The seed of all random numbers of the run; null for a random seed, which is recorded.</summary>
    public ulong? Seed { get; init; } = 42;

    /// <summary>The number of compute threads. It affects results, because sums are split over threads. Null chooses a number by a fixed
    /// rule; the run's config.yaml records it. With trainer.bits=portable no result depends on it, and null follows the machine.</summary>
    [Range(1, 1024)]
    public int? Threads { get; init; }

    /// <summary>The device that the run computes on. With cuda, the ranks of a host take its GPUs in turn.</summary>
    public DeviceChoice Device { get; init; } = DeviceKind.Cpu;

    /// <summary>The suffix of the run folder's name; null for the names of the data set and the model.</summary>
    [MinLength(1)]
    [RegularExpression(@"[\p{L}\p{N}_]([\p{L}\p{N}._+-]{0,98}[\p{L}\p{N}_+-])?",
        ErrorMessage = "at most 100 letters, digits, `_`, `-`, `+` and `.`, as it becomes a part of a folder's name")]
    public string? Name { get; init; }

    /// <summary>The folder that contains all runs.</summary>
    [MinLength(1)]
    public string Runs { get; init; } = "runs";

    /// <summary>Whether to write <c>code.patch</c> to the run folder: the difference between the source and its commit. It may contain
    /// secrets.</summary>
    public bool RecordCode { get; init; }

    /// <summary>Whether to write <c>report.html</c> to the run folder at the end of the run: results, curves, mistakes, config.</summary>
    public bool Report { get; init; } = true;

    /// <summary>The signals that stop the run with a checkpoint, in addition to SIGINT, SIGTERM and SIGHUP. Job schedulers send them
    /// before they end a job.</summary>
    public IReadOnlyList<SchedulerSignal> StopSignals { get; init; } = [];

    /// <summary>The parameters that are not trained, by patterns of their names; with until_epoch, not before that epoch. The first rule that
    /// matches a parameter applies to it.</summary>
    public IReadOnlyList<FreezeRule> Freeze { get; init; } = [];

    /// <summary>Metrics measured on each validation and test, beside the task's own.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>Observers of the training, beside the run's record and the screen.</summary>
    public IReadOnlyList<Observer> Observers { get; init; } = [];

    /// <summary>The address of an OpenTelemetry collector that receives the numbers and spans of the training by OTLP over HTTP, such as
    /// http://127.0.0.1:4318; null for none.</summary>
    [RegularExpression(@"https?://([\w.-]+|\[[0-9A-Fa-f:.]+\])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(/[\w./~-]*)?\z",
        ErrorMessage = "an http or https address, such as http://127.0.0.1:4318")]
    public string? Otlp { get; init; }

    /// <summary>The model.</summary>
    [ConfigIgnore]
    public required Component<object> Model { get; init; }

    /// <summary>The weights that the training starts from.</summary>
    [ConfigIgnore]
    public InitOptions Init { get; init; } = new();

    /// <summary>The data set.</summary>
    [ConfigIgnore]
    public required Component<object> Data { get; init; }

    /// <summary>The transforms applied to samples, in addition to those of the data set.</summary>
    [ConfigIgnore]
    public TransformsOptions Transforms { get; init; } = new();

    /// <summary>How the data set is split into batches.</summary>
    [ConfigIgnore]
    public LoaderOptions Loader { get; init; } = new();

    /// <summary>The loss to minimise.</summary>
    [ConfigIgnore]
    public required Component<Objective> Objective { get; init; }

    /// <summary>The optimizer.</summary>
    [ConfigIgnore]
    public required Component<OptimizerOptions> Optimizer { get; init; }

    /// <summary>The learning-rate schedule.</summary>
    [ConfigIgnore]
    public required Component<Schedule> Schedule { get; init; }

    /// <summary>The average of the weights; null for none.</summary>
    [ConfigIgnore]
    public Component<WeightAverage>? Average { get; init; }

    /// <summary>The options of the trainer, without those that other groups set. See <see cref="ToTrainOptions"/>.</summary>
    [ConfigIgnore]
    public TrainOptions Trainer { get; init; } = new();

    /// <summary>When to stop before the last epoch; null to disable early stopping.</summary>
    [ConfigIgnore]
    public EarlyStoppingOptions? EarlyStopping { get; init; } = new();

    /// <summary>Which checkpoints are kept.</summary>
    [ConfigIgnore]
    public CheckpointOptions Checkpoint { get; init; } = new();

    /// <summary>What TensorBoard's file holds beside the curves.</summary>
    [ConfigIgnore]
    public TensorBoardOptions TensorBoard { get; init; } = new();

    /// <summary>The written form of the values that came from the environment.</summary>
    internal WrittenReferences References { get; init; } = WrittenReferences.None;

    /// <summary>The base folder of relative data paths that exist there; null for the working directory of the process. For a recorded
    /// run, the folder that it was created in.</summary>
    internal string? DataFolder { get; init; }

    /// <summary>The base of a relative <see cref="InitOptions.From"/> and of the folder of all runs; null for the working directory of the
    /// process.</summary>
    internal string? WorkingDirectory { get; init; }

    /// <summary>Where the initial weights of a recorded run come from; null for a new run, whose <see cref="Init"/> says it.</summary>
    internal RecordedInit? RecordedInit { get; init; }

    /// <summary>The suffix of the run folder's name: <see cref="Name"/>, or data set and model, for example <c>mnist-mlp</c>.</summary>
    [ConfigIgnore]
    public string RunName => Name ?? $"{Data.Name}-{Model.Name}";

    /// <summary>The seed of a prepared config, which is never null.</summary>
    [ConfigIgnore]
    internal ulong SeedToUse => Seed ?? throw new InvalidOperationException("The seed has not been chosen yet. Call Experiment.Prepare first.");

    /// <summary>Returns the options for the trainer: <see cref="Trainer"/> with the seed, the schedule, the early stopping and the average.</summary>
    public TrainOptions ToTrainOptions() => Trainer with { Seed = SeedToUse, Schedule = Schedule.Options, EarlyStopping = EarlyStopping, Average = Average?.Options, Metrics = Metrics, Freeze = Freeze };

    /// <summary>Whether both configs have the same value for every key. Lists are compared element by element.</summary>
    public bool Equals(RunConfig? other) => ReferenceEquals(this, other) || (other is not null && ToYaml() == other.ToYaml());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Seed, Model.Name, Data.Name, Optimizer.Name);

    /// <summary>Writes the config as YAML, with every value. Values from the environment are written as <c>${env:NAME}</c>. The result is
    /// the run folder's config.yaml; read it with <see cref="FromYaml"/>, or pass it to <c>--config</c>.</summary>
    public string ToYaml() => RunConfigWriter.ToYaml(this);

    /// <summary>Writes the config as JSON, for a model's metadata. Read it with <see cref="FromJson"/>.</summary>
    public JsonObject ToJson() => RunConfigWriter.ToJson(this);

    /// <summary>Reads a run folder's config.yaml. No other config files are read.</summary>
    /// <param name="catalog">The catalog that component names are looked up in.</param>
    /// <param name="path">The path of the file.</param>
    /// <exception cref="RequestException">The file can't be read or is invalid; the exception lists every problem.</exception>
    public static RunConfig FromYamlFile(ComponentCatalog catalog, string path)
    {
        var problems = new List<Problem>();
        return RunConfigReader.Read(catalog, ConfigFile.Read(path, path, problems), path, problems);
    }

    /// <summary>Reads a run folder's config.yaml and overrides some of its keys.</summary>
    /// <param name="catalog">The catalog that component names are looked up in.</param>
    /// <param name="path">The path of the file.</param>
    /// <param name="overrides">The settings, for example <c>trainer.epochs=40</c>.</param>
    /// <exception cref="RequestException">The file or an override is invalid; the exception lists every problem.</exception>
    public static RunConfig FromYamlFile(ComponentCatalog catalog, string path, IReadOnlyList<string> overrides)
    {
        var problems = new List<Problem>();
        return RunConfigReader.Read(catalog, ConfigFile.Read(path, path, problems), path, problems, CommandLineLayer.Read(overrides, problems));
    }

    /// <summary>Reads a config written by <see cref="ToYaml"/>.</summary>
    /// <param name="catalog">The catalog that component names are looked up in.</param>
    /// <param name="yaml">The YAML.</param>
    /// <param name="source">The name of the source as shown in messages.</param>
    /// <exception cref="RequestException">The config is invalid; the exception lists every problem.</exception>
    public static RunConfig FromYaml(ComponentCatalog catalog, string yaml, string source = "config.yaml")
    {
        var problems = new List<Problem>();
        return RunConfigReader.Read(catalog, YamlReader.Read(yaml, source, isOption: false, problems), source, problems);
    }

    /// <summary>Reads a config written by <see cref="ToJson"/>.</summary>
    /// <param name="catalog">The catalog that component names are looked up in.</param>
    /// <param name="json">The config.</param>
    /// <param name="source">The name of the source as shown in messages.</param>
    /// <exception cref="RequestException">The config is invalid; the exception lists every problem.</exception>
    public static RunConfig FromJson(ComponentCatalog catalog, JsonObject json, string source)
        => RunConfigReader.Read(catalog, RunConfigReader.ToNode(json, new ConfigPlace(source)), source, [], keepsUnsetOfData: true);
}
