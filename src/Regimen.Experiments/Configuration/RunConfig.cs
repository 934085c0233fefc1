using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Regimen.Catalog;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Recording;
using Regimen.Training;
using Regimen.Transforms;

namespace Regimen.Configuration;

/// <summary>Everything that a run is made from: whole, typed, within its bounds.</summary>
/// <remarks>Composed by <see cref="ConfigComposer"/>. Its own keys and those of <see cref="Transforms"/>, <see cref="Loader"/>,
/// <see cref="Trainer"/>, <see cref="EarlyStopping"/> and <see cref="Checkpoint"/> are their properties in snake case.</remarks>
public sealed record RunConfig
{
    /// <summary>Where every random number of the run comes from; null for one that is picked, and recorded.</summary>
    public ulong? Seed { get; init; } = 42;

    /// <summary>Threads that compute, a part of the run as sums are split by it; null for a stated rule, whose number the
    /// run's config.yaml has.</summary>
    [Range(1, 1024)]
    public int? Threads { get; init; }

    /// <summary>What the run computes on.</summary>
    public DeviceKind Device { get; init; } = DeviceKind.Cpu;

    /// <summary>The end of the run folder's name; null for data and model.</summary>
    [MinLength(1)]
    [RegularExpression(@"[\p{L}\p{N}_]([\p{L}\p{N}._+-]{0,98}[\p{L}\p{N}_+-])?",
        ErrorMessage = "at most 100 letters, digits, `_`, `-`, `+` and `.`, as it becomes a part of a folder's name")]
    public string? Name { get; init; }

    /// <summary>The folder of all runs.</summary>
    [MinLength(1)]
    public string Runs { get; init; } = "runs";

    /// <summary>Whether the run folder gets <c>code.patch</c>, how the source differed from its commit. A diff may hold secrets.</summary>
    public bool RecordCode { get; init; }

    /// <summary>Signals that stop the run with a checkpoint, besides SIGINT, SIGTERM and SIGHUP: those that a scheduler sends before it
    /// ends a job.</summary>
    public IReadOnlyList<SchedulerSignal> StopSignals { get; init; } = [];

    /// <summary>Metrics measured on each validation and test, beside the task's own.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>Observers of the training, beside the run's record and the screen.</summary>
    public IReadOnlyList<Observer> Observers { get; init; } = [];

    /// <summary>The architecture.</summary>
    [ConfigIgnore]
    public required Component<object> Model { get; init; }

    /// <summary>The data set.</summary>
    [ConfigIgnore]
    public required Component<object> Data { get; init; }

    /// <summary>What is done to samples on their way into a batch, beside what the data set itself does.</summary>
    [ConfigIgnore]
    public TransformsOptions Transforms { get; init; } = new();

    /// <summary>How the data set is cut into batches.</summary>
    [ConfigIgnore]
    public LoaderOptions Loader { get; init; } = new();

    /// <summary>What training makes small.</summary>
    [ConfigIgnore]
    public required Component<Objective> Objective { get; init; }

    /// <summary>How the weights are changed.</summary>
    [ConfigIgnore]
    public required Component<OptimizerOptions> Optimizer { get; init; }

    /// <summary>The learning rate's course.</summary>
    [ConfigIgnore]
    public required Component<Schedule> Schedule { get; init; }

    /// <summary>How long and how carefully to train; without what other groups say. See <see cref="ToTrainOptions"/>.</summary>
    [ConfigIgnore]
    public TrainOptions Trainer { get; init; } = new();

    /// <summary>When to stop before the last epoch; null for never.</summary>
    [ConfigIgnore]
    public EarlyStoppingOptions? EarlyStopping { get; init; } = new();

    /// <summary>Which checkpoints are kept.</summary>
    [ConfigIgnore]
    public CheckpointOptions Checkpoint { get; init; } = new();

    /// <summary>What came from the environment, as it was written.</summary>
    internal WrittenReferences References { get; init; } = WrittenReferences.None;

    /// <summary>The folder that relative paths of the data start from where they are found there; null for the process's own. A recorded
    /// run's is the folder that it was made in.</summary>
    internal string? DataFolder { get; init; }

    /// <summary>The end of the run folder's name: <see cref="Name"/>, or data and model as <c>mnist-mlp</c>.</summary>
    [ConfigIgnore]
    public string RunName => Name ?? $"{Data.Name}-{Model.Name}";

    /// <summary>The seed of a config that is made real: there it is a number.</summary>
    [ConfigIgnore]
    internal ulong SeedToUse => Seed ?? throw new InvalidOperationException("The seed is not picked yet; Experiment.Prepare does.");

    /// <summary>What the trainer is given: <see cref="Trainer"/> with the seed, the schedule and the early stopping.</summary>
    public TrainOptions ToTrainOptions() => Trainer with { Seed = SeedToUse, Schedule = Schedule.Options, EarlyStopping = EarlyStopping, Metrics = Metrics };

    /// <summary>Whether both have the same value of every key; lists are compared value by value.</summary>
    public bool Equals(RunConfig? other) => ReferenceEquals(this, other) || (other is not null && ToYaml() == other.ToYaml());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Seed, Model.Name, Data.Name, Optimizer.Name);

    /// <summary>The run folder's config.yaml: every value, in UTF-8's plainest YAML; what came from the environment as <c>${env:NAME}</c>.
    /// Read back by <see cref="FromYaml"/>, or as
    /// <c>--config</c> of another run.</summary>
    public string ToYaml() => RunConfigWriter.ToYaml(this);

    /// <summary>The same as JSON, for a model's metadata; read back by <see cref="FromJson"/>.</summary>
    public JsonObject ToJson() => RunConfigWriter.ToJson(this);

    /// <summary>Reads a run folder's config.yaml. It stands by itself: no other config is looked at.</summary>
    /// <param name="catalog">What names stand for.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="RequestException">The file or something in it is wrong: every problem.</exception>
    public static RunConfig FromYamlFile(ComponentCatalog catalog, string path)
    {
        var problems = new List<Problem>();
        return RunConfigReader.Read(catalog, ConfigFile.Read(path, path, problems), path, problems);
    }

    /// <summary>The same with keys changed.</summary>
    /// <param name="catalog">What names stand for.</param>
    /// <param name="path">The file.</param>
    /// <param name="overrides">As <c>trainer.epochs=40</c>.</param>
    /// <exception cref="RequestException">The file, or an override, is wrong: every problem.</exception>
    public static RunConfig FromYamlFile(ComponentCatalog catalog, string path, IReadOnlyList<string> overrides)
    {
        var problems = new List<Problem>();
        return RunConfigReader.Read(catalog, ConfigFile.Read(path, path, problems), path, problems, CommandLineLayer.Read(overrides, problems));
    }

    /// <summary>Reads what <see cref="ToYaml"/> wrote.</summary>
    /// <param name="catalog">What names stand for.</param>
    /// <param name="yaml">The text.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="RequestException">Something in it is wrong: every problem.</exception>
    public static RunConfig FromYaml(ComponentCatalog catalog, string yaml, string source = "config.yaml")
    {
        var problems = new List<Problem>();
        return RunConfigReader.Read(catalog, YamlReader.Read(yaml, source, isOption: false, problems), source, problems);
    }

    /// <summary>Reads what <see cref="ToJson"/> gave.</summary>
    /// <param name="catalog">What names stand for.</param>
    /// <param name="json">The config.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="RequestException">Something in it is wrong: every problem.</exception>
    public static RunConfig FromJson(ComponentCatalog catalog, JsonObject json, string source)
        => RunConfigReader.Read(catalog, RunConfigReader.ToNode(json, new ConfigPlace(source)), source, []);
}
