using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Downloads;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Findings;
using Regimen.FineTuning;
using Regimen.Inspection;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Ranks;
using Regimen.Recording;
using Regimen.Reports;
using Regimen.Runs;
using Regimen.Training;
using static TorchSharp.torch;

namespace Regimen.Experiments;

/// <summary>The data, model and loaders of a config, ready to train or to evaluate.</summary>
public sealed class Experiment : IDisposable
{
    private readonly Lazy<Task<string>> _fingerprint;

    internal Experiment(
        RunConfig config, DataSplits data, ModelContext context, nn.Module model, ModelSummary summary, Device device)
    {
        Context = context;
        Config = config;
        Data = data;
        _fingerprint = new Lazy<Task<string>>(() => Task.Run(() => DataFingerprint.Of(data)));
        Model = model;
        Summary = summary;
        Device = device;
    }

    /// <summary>The config, with the chosen seed, and the chosen number of threads where results depend on it.</summary>
    public RunConfig Config { get; }

    /// <summary>The data.</summary>
    public DataSplits Data { get; }

    /// <summary>The fingerprint (SHA-256) of the data. The computation starts in the background at the first access.</summary>
    public Task<string> Fingerprint => _fingerprint.Value;

    /// <summary>The model, with initial weights that follow from the seed.</summary>
    public nn.Module Model { get; }

    /// <summary>The model's inputs and the number of its outputs.</summary>
    public ModelContext Context { get; }

    /// <summary>The summary of the model's layers.</summary>
    public ModelSummary Summary { get; }

    /// <summary>What became of each tensor when the model was initialised with other weights; null if it was not.</summary>
    public InitReport? Init { get; init; }

    /// <summary>The compute device.</summary>
    public Device Device { get; }

    /// <summary>The component that splits the work among the threads.</summary>
    public SharedBy ThreadsSharedBy => RankedExperiment.Threads(Summary, Config, Ranks).SharedBy;

    /// <summary>The number of threads; the most, where it follows the machine.</summary>
    public int Threads => RankedExperiment.Threads(Summary, Config, Ranks).Threads;

    /// <summary>The objective: the loss to minimise, and the predictions.</summary>
    public Objective Objective => field ??= Config.Objective.Options.For(Data.Train);

    /// <summary>The names of the metrics of validation and test, without the loss.</summary>
    public IReadOnlyList<string> MetricNames => [.. Evaluator.Names(Objective, Data.Train, Config.Metrics).Select(n => n.Name)];

    /// <summary>The positive class of a binary task; null for any other task.</summary>
    public string? PositiveClass => Objective.PositiveIndex is { } index ? Data.Train.Classes[index] : null;

    /// <summary>Loads the data, creates the model and chooses the number of threads.</summary>
    /// <param name="config">The config.</param>
    /// <param name="catalog">The catalog of components by name.</param>
    /// <param name="downloader">The downloader of the data's files, if the config enables downloads; null for one without progress output.</param>
    /// <param name="cancellationToken">Ends the preparation; data that is still being loaded is abandoned.</param>
    /// <exception cref="RequestException">The data can't be read, or the model does not fit it.</exception>
    /// <exception cref="OperationCanceledException">The operation was cancelled.</exception>
    public static Experiment Prepare(
        RunConfig config, ComponentCatalog catalog, Downloader? downloader = null, CancellationToken cancellationToken = default)
        => ExperimentPreparation.Prepare(config, catalog, downloader, ranks: null, cancellationToken);

    /// <summary>Loads the data, creates the model and chooses the number of threads, on each rank of a job.</summary>
    internal static Experiment Prepare(RunConfig config, ComponentCatalog catalog, Downloader? downloader, RankGroup? ranks, CancellationToken cancellationToken)
        => ExperimentPreparation.Prepare(config, catalog, downloader, ranks, cancellationToken);

    /// <summary>Returns a loader of a split of the data, for evaluation.</summary>
    /// <exception cref="RequestException">The data has no such split.</exception>
    public DataLoader EvaluationLoader(string split)
    {
        IDataset? part = Data.Parts.FirstOrDefault(p => p.Name == split).Data;
        return part is null || part.Count == 0
            ? throw new RequestException(new Problem($"data={Config.Data.Name} has no {split} split")
            {
                Expected = $"one of its splits: {string.Join(", ", Data.Parts.Where(p => p.Data.Count > 0).Select(p => p.Name))}",
                Received = split,
                Hint = Data.Validation is { Count: > 0 } && split == Pass.Test ? "regimen evaluate RUN --split val evaluates on the validation set, which selected the best weights." : null,
            })
            : DataLoader.ForEvaluation(part, Config.Loader, Data.EvalTransforms, Device);
    }

    /// <summary>The ranks of the job that train it together; null for this process alone.</summary>
    internal RankGroup? Ranks { get; init; }

    /// <summary>Is told which kind of work a training turns to; null for none.</summary>
    internal ITrainProbe? Probe { get; set; }

    /// <summary>Whether a recorded run of it has sinks: TensorBoard, OTLP. A benchmark measures what they cost.</summary>
    internal bool IsTracked { get; set; } = true;

    /// <summary>Prepares the collection of findings in an evaluation of a split; null if the data has no such split.</summary>
    internal FindingsPass? FindingsOf(string split)
        => Data.Parts.FirstOrDefault(p => p.Name == split).Data is { Count: > 0 } part ? new FindingsPass(Objective, part, Data.Encoding, split) : null;

    /// <summary>Evaluates the model on a split to collect findings; null for tasks without any, and if the collection failed.</summary>
    /// <exception cref="RequestException">The data has no such split.</exception>
    /// <exception cref="OperationCanceledException">The operation was cancelled.</exception>
    internal (RunFindings? Findings, string? Problem) CollectFindings(string split, CancellationToken cancellationToken)
    {
        using DataLoader loader = EvaluationLoader(split);
        FindingsPass pass = FindingsOf(split)!;
        return pass.Metrics.Count == 0 ? (null, null) : (pass.Finish(Evaluator.Evaluate(Model, Objective, loader, pass.Metrics, cancellationToken)), pass.Problem);
    }

    /// <summary>The split that findings are of: the test set, or the validation set where there is none; null without both.</summary>
    internal string? SplitOfFindings => Data.Test is { Count: > 0 } ? Pass.Test : Data.Validation is { Count: > 0 } ? Pass.Validation : null;

    /// <summary>Why there are never findings of the task; null where there may be.</summary>
    internal string? WhyNoFindings => SplitOfFindings is { } split ? FindingsOf(split)!.WhyNone : null;

    /// <summary>Determines what the bits of a training depend on.</summary>
    internal BitsLevel Bits() => BitsOf(Config, Data, Model, Device);

    /// <summary>Determines what the bits of a training depend on.</summary>
    internal static BitsLevel BitsOf(RunConfig config, DataSplits data, nn.Module model, Device device)
    {
        using DataLoader train = TrainLoader(config, data, device);
        return BitsLevel.Of(config.ToTrainOptions(), model, config.Objective.Options.For(data.Train), config.Optimizer.Options, train);
    }

    /// <summary>Computes the number of epochs and steps.</summary>
    internal TrainPlan Plan()
    {
        using DataLoader train = TrainLoader();
        return TrainPlan.For(Config.ToTrainOptions(), train);
    }

    /// <summary>Checks that model, options and data fit together, before a run folder is created.</summary>
    /// <exception cref="RequestException">One or more problems were found.</exception>
    public void Check()
    {
        using DataLoader train = TrainLoader();
        using DataLoader? validation = ValidationLoader();
        TrainOptions options = Config.ToTrainOptions();
        if (Config.Observers.SelectMany(o => o.Check(options)).ToArray() is { Length: > 0 } problems)
        {
            throw new RequestException(problems);
        }

        if (Objective.Task == PredictionTask.Segmentation && PixelOutputs.Check(Model, Summary.Inputs, Data.Train.Classes.Count) is { } problem)
        {
            throw new RequestException(problem);
        }

        new Trainer(options) { Ranks = Ranks }.Check(Model, Objective, Config.Optimizer.Options, train, validation);
    }

    /// <summary>Checks that checkpoints hold everything that training changes in the model.</summary>
    /// <exception cref="RequestException">A tensor has a type that a checkpoint can't hold, or a step changes a buffer that is not saved.</exception>
    public void CheckModelState()
    {
        using DataLoader train = TrainLoader();
        Problem[] problems = [.. ModelStateCheck.OfTypes(Model), .. ModelStateCheck.OfUnsavedBuffers(Model, Objective, train, Config.SeedToUse)];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }
    }

    /// <summary>Checks that a new run can learn from the data: every class has a training sample, and the inputs are not all equal. Resumed runs
    /// are not checked, because earlier versions recorded runs without this check.</summary>
    /// <exception cref="RequestException">The data fails the check.</exception>
    public void CheckSamples()
    {
        if (TrainingSamples.Problems(Data, $"data={Config.Data.Name}").ToArray() is { Length: > 0 } problems)
        {
            throw new RequestException(problems);
        }
    }

    /// <summary>Returns a problem if the data is not the data that a run was trained on; null otherwise.</summary>
    public Problem? DataProblem(RunManifest manifest)
    {
        if (manifest.DataFingerprint is not { } recorded)
        {
            // A run that ended before its first checkpoint may have no fingerprint.
            return manifest.Steps == 0 ? null : new Problem("The run's record has no fingerprint of its data")
            {
                Where = $"data={Config.Data.Name}",
                Expected = "data_fingerprint in run.json",
            };
        }

        string fingerprint = Fingerprint.GetAwaiter().GetResult();
        return DataFingerprint.IsOf(Data, fingerprint, recorded) ? null : new Problem("The data is not the data that the run was trained on")
        {
            Where = $"data={Config.Data.Name}",
            Expected = $"fingerprint {recorded}",
            Received = fingerprint,
            Hint = DataPaths.Keys(Config) is { Count: > 0 } paths
                ? $"Restore the files that the run was trained on, or set their location: {string.Join(", ", paths.Select(k => $"{k}=PATH"))}."
                : "Restore the files that the run was trained on.",
        };
    }

    /// <summary>Checks that the data is the data that a run was trained on.</summary>
    /// <exception cref="RequestException">The data has another fingerprint.</exception>
    public void CheckData(RunManifest manifest)
    {
        if (DataProblem(manifest) is { } problem)
        {
            throw new RequestException(problem);
        }
    }

    /// <summary>Trains without a record. Afterwards the model has the final weights of the run.</summary>
    /// <param name="observers">The observers.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="cancellationToken">Ends the training after the current step.</param>
    /// <exception cref="RequestException">The arguments are invalid or do not fit together; no step was taken.</exception>
    /// <exception cref="WorkFailedException">A loss was not finite.</exception>
    public TrainResult Train(IReadOnlyList<ITrainObserver> observers, TimeProvider time, CancellationToken cancellationToken = default)
        => Train(observers, time, from: null, cancellationToken);

    /// <summary>Evaluates the final weights of a training on the test set. Returns null if the training was interrupted or there is no test set.</summary>
    /// <param name="training">The result of the training.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="cancellationToken">Ends the pass without a result.</param>
    /// <exception cref="OperationCanceledException">The operation was cancelled.</exception>
    public (Pass Pass, EvaluationResult Result)? Test(TrainResult training, TimeProvider time, CancellationToken cancellationToken = default)
        => Test(training, time, findings: null, cancellationToken);

    /// <inheritdoc cref="Test(TrainResult, TimeProvider, CancellationToken)"/>
    /// <param name="training">The result of the training.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="findings">Collects what else is found in the same pass; null for nothing.</param>
    /// <param name="cancellationToken">Ends the pass without a result.</param>
    internal (Pass Pass, EvaluationResult Result)? Test(TrainResult training, TimeProvider time, FindingsPass? findings, CancellationToken cancellationToken)
    {
        if (training.Status == TrainStatus.Interrupted || Data.Test is not { Count: > 0 })
        {
            return null;
        }

        using DataLoader loader = EvaluationLoader(Pass.Test);
        long start = time.GetTimestamp();
        EvaluationResult result = Evaluator.Evaluate(Model, Objective, loader, [.. Config.Metrics, .. findings?.Metrics ?? []], cancellationToken);
        var pass = new Pass
        {
            At = training.Restored ? training.Best!.At : training.At,
            Split = Pass.Test,
            Samples = result.Samples,
            Loss = result.Loss,
            Metrics = result.Metrics,
            Seconds = time.GetElapsedTime(start).TotalSeconds,
        };
        return (pass, result);
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();

    /// <summary>Trains from a point to resume from.</summary>
    internal TrainResult Train(IReadOnlyList<ITrainObserver> observers, TimeProvider time, ResumePoint? from, CancellationToken cancellationToken)
        => Train(Config.ToTrainOptions(), observers, time, from, cancellationToken);

    /// <summary>Trains with other options of the loop than the config's.</summary>
    internal TrainResult Train(TrainOptions options, IReadOnlyList<ITrainObserver> observers, TimeProvider time, ResumePoint? from, CancellationToken cancellationToken)
    {
        using DataLoader train = TrainLoader();
        using DataLoader? validation = ValidationLoader();
        return new Trainer(options, observers, time) { Probe = Probe, Ranks = Ranks }.Fit(Model, Objective, Config.Optimizer.Options, train, validation, from, cancellationToken);
    }

    /// <summary>Returns a loader of the training set.</summary>
    internal DataLoader TrainLoader() => TrainLoader(Config, Data, Device);

    private static DataLoader TrainLoader(RunConfig config, DataSplits data, Device device) => DataLoader.ForTraining(data.Train, config.Loader, data.TrainTransforms, device);

    private DataLoader? ValidationLoader() => Data.Validation is { Count: > 0 } ? EvaluationLoader(Pass.Validation) : null;
}
