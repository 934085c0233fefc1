using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Downloads;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Inspection;
using Regimen.Loading;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Reproducibility;
using Regimen.Runs;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Experiments;

/// <summary>A config made real: data, model and loaders, ready to train, to evaluate or to look at.</summary>
public sealed class Experiment : IDisposable
{
    private readonly Lazy<Task<string>> _fingerprint;

    private Experiment(
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

    /// <summary>The config; its seed and its thread count are numbers now.</summary>
    public RunConfig Config { get; }

    /// <summary>The data.</summary>
    public DataSplits Data { get; }

    /// <summary>SHA-256 of the data; computed from the first request on, while other work goes on.</summary>
    public Task<string> Fingerprint => _fingerprint.Value;

    /// <summary>The model, with the first weights that the seed gives.</summary>
    public nn.Module Model { get; }

    /// <summary>The model's inputs and the number of its outputs.</summary>
    public ModelContext Context { get; }

    /// <summary>The model's layers and sizes.</summary>
    public ModelSummary Summary { get; }

    /// <summary>What it computes on.</summary>
    public Device Device { get; }

    /// <summary>Who shares the work out among the threads.</summary>
    public SharedBy ThreadsSharedBy => ThreadChoice.Of(Summary, Config.Loader.BatchSize, Environment.ProcessorCount, Config.Threads).SharedBy;

    /// <summary>The loss to minimise, and how the model's output is read.</summary>
    public Objective Objective => Config.Objective.Options.For(Data.Train.Classes);

    /// <summary>The names of the values that validation and test measure beside the loss.</summary>
    public IReadOnlyList<string> MetricNames => [.. Evaluator.Names(Objective, Data.Train, Config.Metrics).Select(n => n.Name)];

    /// <summary>The positive class of a binary task; null for any other task.</summary>
    public string? PositiveClass => Objective.PositiveIndex is { } index ? Data.Train.Classes[index] : null;

    /// <summary>Loads the data, makes the model and settles the number of threads.</summary>
    /// <param name="config">What to do.</param>
    /// <param name="catalog">Where models and data sets are found by name.</param>
    /// <param name="downloader">Who fetches the data's files where the config asks for that; null for one that nobody watches.</param>
    /// <param name="cancellationToken">Ends the preparation; data that is still being loaded is abandoned.</param>
    /// <exception cref="RequestException">The data can't be read, or the model does not fit it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Experiment Prepare(
        RunConfig config, ComponentCatalog catalog, Downloader? downloader = null, CancellationToken cancellationToken = default)
    {
        OptionsCheck.ThrowUnlessValid(config);
        config = config with { Seed = config.Seed ?? FreshSeed.Pick() };

        // Reading the data and loading libtorch take about as long; they wait for each other only at the end.
        Task<DataSplits> loading = Task.Run(() => Load(config, catalog, downloader, null, cancellationToken));
        if (NativeCheck.Run().Problem is { } problem)
        {
            throw new RequestException(problem);
        }

        Device device = ComputeDevice.Of(config.Device);
        DataSplits data = ConfiguredTransforms.AddTo(WaitFor(loading, cancellationToken), config.Transforms);
        config = config with { Loader = config.Loader.For(data.Train.Count) };
        ThrowUnlessTheyFit(config, data);
        ModelContext context = DataContext.Of(data, config.Objective.Options);
        (nn.Module model, ModelSummary summary) = CreateModel(config, catalog, context);
        var threads = ThreadChoice.Of(summary, config.Loader.BatchSize, Environment.ProcessorCount, config.Threads);
        threads.Use();
        cancellationToken.ThrowIfCancellationRequested();
        bool channelsLast = config.Loader.ChannelsLast ?? ConvolutionLayout.Pays(model, context.Inputs, device);
        config = config with { Threads = threads.Threads, Loader = config.Loader with { ChannelsLast = channelsLast } };
        return new Experiment(config, data, context, model.to(device), summary, device);
    }

    /// <summary>The data alone.</summary>
    /// <param name="config">Which data.</param>
    /// <param name="catalog">Where data sets are found by name.</param>
    /// <param name="downloader">Who fetches the data's files where the config asks for that; null for one that nobody watches.</param>
    /// <param name="look">Given what is seen before options decide; null where nobody looks.</param>
    /// <param name="cancellationToken">Ends a download.</param>
    /// <exception cref="RequestException">It can't be read, or libtorch can't be loaded.</exception>
    public static DataSplits LoadData(
        RunConfig config, ComponentCatalog catalog, Downloader? downloader = null, DataPreview? look = null, CancellationToken cancellationToken = default)
    {
        config = config with { Seed = config.Seed ?? FreshSeed.Pick() };
        return NativeCheck.Run().Problem is { } problem
            ? throw new RequestException(problem)
            : ConfiguredTransforms.AddTo(Load(config, catalog, downloader, look, cancellationToken, describesTables: true), config.Transforms);
    }

    /// <summary>A loader over a part of the data, for evaluation.</summary>
    /// <exception cref="RequestException">There is no such part.</exception>
    public DataLoader EvaluationLoader(string split)
    {
        IDataset? part = Data.Parts.FirstOrDefault(p => p.Name == split).Data;
        return part is null || part.Count == 0
            ? throw new RequestException(new Problem($"data={Config.Data.Name} has no {split} part")
            {
                Expected = $"a part that it has: {string.Join(", ", Data.Parts.Where(p => p.Data.Count > 0).Select(p => p.Name))}",
                Received = split,
                Hint = Data.Validation is { Count: > 0 } && split == Pass.Test ? "regimen evaluate RUN --split val measures on what decided about the best weights." : null,
            })
            : DataLoader.ForEvaluation(part, Config.Loader, Data.EvalTransforms, Device);
    }

    /// <summary>Refuses what can't be trained, before a run folder is made.</summary>
    /// <exception cref="RequestException">Something asked for does not go together.</exception>
    public void Check()
    {
        using DataLoader train = TrainLoader();
        using DataLoader? validation = ValidationLoader();
        new Trainer(Config.ToTrainOptions()).Check(Model, Objective, Config.Optimizer.Options, train, validation);
    }

    /// <summary>Refuses a model whose checkpoints would not hold all that training changes in it.</summary>
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

    /// <summary>Refuses data that a new run can't learn from: a class without a training sample, inputs that are all the same. Runs that
    /// were recorded before this was checked go on as they were.</summary>
    /// <exception cref="RequestException">It is such data.</exception>
    public void CheckSamples()
    {
        if (TrainingSamples.Problems(Data, $"data={Config.Data.Name}").ToArray() is { Length: > 0 } problems)
        {
            throw new RequestException(problems);
        }
    }

    /// <summary>That the data is not what a run was trained on; null where it is.</summary>
    public Problem? DataProblem(RunManifest manifest)
    {
        if (manifest.DataFingerprint is not { } recorded)
        {
            // A run that ended before its first checkpoint may have ended before the data was hashed.
            return manifest.Steps == 0 ? null : new Problem("The run's record does not say which data it was trained on")
            {
                Where = $"data={Config.Data.Name}",
                Expected = "data_fingerprint in run.json",
            };
        }

        string fingerprint = Fingerprint.GetAwaiter().GetResult();
        return DataFingerprint.IsOf(Data, fingerprint, recorded) ? null : new Problem("The data is not what the run was trained on")
        {
            Where = $"data={Config.Data.Name}",
            Expected = $"fingerprint {recorded}",
            Received = fingerprint,
            Hint = DataPaths.Keys(Config) is { Count: > 0 } paths
                ? $"Put the files back that the run was trained on, or say where they are: {string.Join(", ", paths.Select(k => $"{k}=PATH"))}."
                : "Put the files back that the run was trained on.",
        };
    }

    /// <summary>Refuses to go on with a run whose data is not what it was.</summary>
    /// <exception cref="RequestException">The data has another fingerprint.</exception>
    public void CheckData(RunManifest manifest)
    {
        if (DataProblem(manifest) is { } problem)
        {
            throw new RequestException(problem);
        }
    }

    /// <summary>Trains and leaves no record; the model has the weights that the run would end with.</summary>
    /// <param name="observers">Who watches.</param>
    /// <param name="time">What time it is.</param>
    /// <param name="cancellationToken">Ends the training after the current step.</param>
    /// <exception cref="RequestException">Something asked for can't be done; no step was taken.</exception>
    /// <exception cref="WorkFailedException">A loss was not finite.</exception>
    public TrainResult Train(IReadOnlyList<ITrainObserver> observers, TimeProvider time, CancellationToken cancellationToken = default)
        => Train(observers, time, from: null, cancellationToken);

    /// <summary>Measures the weights that a training ended with on the test set; null where it was interrupted or there is none.</summary>
    /// <param name="training">What the training gave.</param>
    /// <param name="time">What time it is.</param>
    /// <param name="cancellationToken">Ends the pass without a result.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public (Pass Pass, EvaluationResult Result)? Test(TrainResult training, TimeProvider time, CancellationToken cancellationToken = default)
    {
        if (training.Status == TrainStatus.Interrupted || Data.Test is not { Count: > 0 })
        {
            return null;
        }

        using DataLoader loader = EvaluationLoader(Pass.Test);
        long start = time.GetTimestamp();
        EvaluationResult result = Evaluator.Evaluate(Model, Objective, loader, Config.Metrics, cancellationToken);
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

    /// <summary>The same, from where another training stood.</summary>
    internal TrainResult Train(IReadOnlyList<ITrainObserver> observers, TimeProvider time, ResumePoint? from, CancellationToken cancellationToken)
    {
        using DataLoader train = TrainLoader();
        using DataLoader? validation = ValidationLoader();
        return new Trainer(Config.ToTrainOptions(), observers, time).Fit(Model, Objective, Config.Optimizer.Options, train, validation, from, cancellationToken);
    }

    private static void ThrowUnlessTheyFit(RunConfig config, DataSplits data)
    {
        Objective objective = config.Objective.Options;
        if (config.Loader.Mixup > 0 && !objective.Task.TakesProbabilities)
        {
            throw new RequestException(new Problem("Mixed samples have probabilities for targets, which this objective does not take")
            {
                Where = "loader.mixup",
                Expected = "objective=cross_entropy",
                Received = $"objective={config.Objective.Name}",
            });
        }

        if (ObjectiveCheck.Check(objective, data.Train).ToArray() is { Length: > 0 } misfits)
        {
            throw new RequestException(misfits);
        }
    }

    private static (nn.Module Model, ModelSummary Summary) CreateModel(RunConfig config, ComponentCatalog catalog, ModelContext context)
    {
        TorchRandom.SeedInitialization(config.SeedToUse);
        nn.Module model = catalog.CreateModel(config.Model.Name, config.Model.Options, context);
        ModelSummary summary = ModelSummary.Of(model, context.Inputs);
        return summary.Failure is { } failure
            ? throw new RequestException(new Problem($"The model does not take these samples: {failure}")
            {
                Where = $"model={config.Model.Name}",
                Expected = "a model for samples of this shape",
                Received = $"samples {DataReport.Describe(context.Inputs)} of data={config.Data.Name}",
            })
            : (model, summary);
    }

    /// <summary>The loaded data; or, where it is asked to stop, an end without them.</summary>
    private static DataSplits WaitFor(Task<DataSplits> loading, CancellationToken cancellationToken)
    {
        try
        {
            return loading.WaitAsync(cancellationToken).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // A download deletes its partial file when it is cancelled; a data set that does not look at the token is not waited for.
            Task.WaitAny([loading], TimeSpan.FromMilliseconds(500));
            throw;
        }
    }

    private static DataSplits Load(
        RunConfig config, ComponentCatalog catalog, Downloader? downloader, DataPreview? look, CancellationToken cancellationToken, bool describesTables = false)
    {
        var context = new DatasetContext(config.SeedToUse)
        {
            Target = config.Objective.Options.Task.Targets,
            DescribesTables = describesTables,
            Downloader = downloader ?? new(),
            Look = look,
            CancellationToken = cancellationToken,
        };
        return catalog.LoadData(config.Data.Name, DataPaths.Resolved(config.Data.Options, config.DataFolder), context);
    }

    private DataLoader TrainLoader() => DataLoader.ForTraining(Data.Train, Config.Loader, Data.TrainTransforms, Device);

    private DataLoader? ValidationLoader() => Data.Validation is { Count: > 0 } ? EvaluationLoader(Pass.Validation) : null;
}
