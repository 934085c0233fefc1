using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Downloads;
using Regimen.Engine;
using Regimen.Evaluation;
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
    private readonly Device _device;

    private Experiment(
        RunConfig config, DataSplits data, Task<string> fingerprint, nn.Module<Tensor, Tensor> model, ModelSummary summary, Device device)
    {
        Config = config;
        Data = data;
        Fingerprint = fingerprint;
        Model = model;
        Summary = summary;
        _device = device;
    }

    /// <summary>The config; its seed and its thread count are numbers now.</summary>
    public RunConfig Config { get; }

    /// <summary>The data.</summary>
    public DataSplits Data { get; }

    /// <summary>SHA-256 of the data; computed while other work goes on.</summary>
    public Task<string> Fingerprint { get; }

    /// <summary>The model, with the first weights that the seed gives.</summary>
    public nn.Module<Tensor, Tensor> Model { get; }

    /// <summary>The model's layers and sizes.</summary>
    public ModelSummary Summary { get; }

    /// <summary>What is made small.</summary>
    public Objective Objective => Config.Objective.Options;

    /// <summary>Loads the data, makes the model and settles the number of threads.</summary>
    /// <param name="config">What to do.</param>
    /// <param name="catalog">Where models and data sets are found by name.</param>
    /// <param name="downloader">Who fetches the data's files where the config asks for that; null for one that nobody watches.</param>
    /// <param name="cancellationToken">Ends a download.</param>
    /// <exception cref="RequestException">The data can't be read, or the model does not fit it.</exception>
    /// <exception cref="OperationCanceledException">A download was cancelled.</exception>
    public static Experiment Prepare(
        RunConfig config, ComponentCatalog catalog, Downloader? downloader = null, CancellationToken cancellationToken = default)
    {
        NativeSettings.Apply();
        config = config with { Seed = config.Seed ?? FreshSeed.Pick() };

        // Reading the data and loading libtorch take about as long; they wait for each other only at the end.
        Task<DataSplits> loading = Task.Run(() => Load(config, catalog, downloader, cancellationToken));
        if (NativeCheck.Run().Problem is { } problem)
        {
            throw new RequestException(problem);
        }

        Device device = ComputeDevice.Of(config.Device);
        DataSplits data = ConfiguredTransforms.AddTo(loading.GetAwaiter().GetResult(), config.Transforms);
        Task<string> fingerprint = Task.Run(() => DataFingerprint.Of(data));

        if (config.Loader.Mixup > 0 && config.Objective.Options.Task != PredictionTask.Classification)
        {
            throw new RequestException(new Problem("Mixed samples have probabilities for targets, which this objective does not take")
            {
                Where = "loader.mixup",
                Expected = "objective=cross_entropy",
                Received = $"objective={config.Objective.Name}",
            });
        }

        if (ObjectiveFit.Check(config.Objective.Options, data.Train).ToArray() is { Length: > 0 } misfits)
        {
            throw new RequestException(misfits);
        }

        SampleShape shape = data.EvalTransforms.Aggregate(data.Train.SampleShape, (s, transform) => transform.Transformed(s));
        TorchRandom.SeedInitialization(config.SeedToUse);
        nn.Module<Tensor, Tensor> model = catalog.CreateModel(config.Model.Name, config.Model.Options, shape, ObjectiveFit.Outputs(config.Objective.Options, data.Train));
        ModelSummary summary = ModelSummary.Of(model, shape);
        if (summary.Failure is { } failure)
        {
            throw new RequestException(new Problem($"The model does not take these samples: {failure}")
            {
                Where = $"model={config.Model.Name}",
                Expected = "a model for samples of this shape",
                Received = $"samples {shape} of data={config.Data.Name}",
            });
        }

        int threads = config.Threads ?? Threads.Choose(summary.MultiplyAdds * config.Loader.BatchSize, Environment.ProcessorCount);
        Threads.Use(threads);
        bool channelsLast = config.Loader.ChannelsLast ?? ConvolutionLayout.Pays(model, shape, device);
        config = config with { Threads = threads, Loader = config.Loader with { ChannelsLast = channelsLast } };
        return new Experiment(config, data, fingerprint, model.to(device), summary, device);
    }

    /// <summary>The data alone.</summary>
    /// <param name="config">Which data.</param>
    /// <param name="catalog">Where data sets are found by name.</param>
    /// <param name="downloader">Who fetches the data's files where the config asks for that; null for one that nobody watches.</param>
    /// <param name="cancellationToken">Ends a download.</param>
    /// <exception cref="RequestException">It can't be read, or libtorch can't be loaded.</exception>
    public static DataSplits LoadData(
        RunConfig config, ComponentCatalog catalog, Downloader? downloader = null, CancellationToken cancellationToken = default)
    {
        NativeSettings.Apply();
        config = config with { Seed = config.Seed ?? FreshSeed.Pick() };
        return NativeCheck.Run().Problem is { } problem
            ? throw new RequestException(problem)
            : ConfiguredTransforms.AddTo(Load(config, catalog, downloader, cancellationToken), config.Transforms);
    }

    /// <summary>A loader over a part of the data, for evaluation.</summary>
    /// <exception cref="RequestException">There is no such part.</exception>
    public DataLoader EvaluationLoader(string split)
    {
        IDataset? part = Data.Parts.FirstOrDefault(p => p.Name == split).Data;
        return part is null || part.Count == 0
            ? throw new RequestException(new Problem($"data={Config.Data.Name} has no {split} part") { Expected = "train, val or test, where the data has it" })
            : DataLoader.ForEvaluation(part, Config.Loader, Data.EvalTransforms, _device);
    }

    /// <summary>Refuses what can't be trained, before a run folder is made.</summary>
    /// <exception cref="RequestException">Something asked for does not go together.</exception>
    public void Check()
    {
        using DataLoader train = TrainLoader();
        using DataLoader? validation = ValidationLoader();
        new Trainer(Config.ToTrainOptions()).Check(Model, Objective, Config.Optimizer.Options, train, validation);
    }

    /// <summary>Trains, and tests the weights that it ends with; the folder has the record.</summary>
    /// <param name="folder">A new run's folder.</param>
    /// <param name="observers">Who watches, beside the record.</param>
    /// <param name="surroundings">What the record says of machine and source.</param>
    /// <param name="time">What time it is.</param>
    /// <param name="cancellationToken">Ends the training after the current step, with a checkpoint.</param>
    /// <exception cref="RequestException">Something asked for can't be done; no step was taken.</exception>
    /// <exception cref="WorkFailedException">The work failed; the record says so.</exception>
    public RunOutcome Run(
        RunFolder folder,
        IReadOnlyList<ITrainObserver> observers,
        RunSurroundings surroundings,
        TimeProvider time,
        CancellationToken cancellationToken = default)
    {
        using RunRecorder recorder = Recorder(folder, Manifest(surroundings, time), time, from: null);
        if (surroundings.CodePatch is { } patch)
        {
            AtomicFile.WriteAllBytes(folder.CodePatchFile, patch);
        }

        return Train(recorder, observers, time, from: null, cancellationToken);
    }

    /// <summary>Refuses to go on with a run whose data is not what it was.</summary>
    /// <exception cref="RequestException">The data has another fingerprint.</exception>
    public void CheckData(RunManifest manifest)
    {
        string fingerprint = Fingerprint.GetAwaiter().GetResult();
        if (fingerprint != manifest.DataFingerprint)
        {
            throw new RequestException(new Problem("The data is not what the run was trained on")
            {
                Where = $"data={Config.Data.Name}",
                Expected = $"fingerprint {manifest.DataFingerprint}",
                Received = fingerprint,
                Hint = "Put the files back that the run was trained on.",
            });
        }
    }

    /// <summary>Goes on with a run where it was left, and ends as the run that was never stopped.</summary>
    /// <param name="folder">The run's folder, locked.</param>
    /// <param name="from">Where it was left; this experiment is made from its config.</param>
    /// <param name="observers">Who watches, beside the record.</param>
    /// <param name="surroundings">What the record says of machine and source.</param>
    /// <param name="time">What time it is.</param>
    /// <param name="cancellationToken">Ends the training after the current step, with a checkpoint.</param>
    /// <exception cref="RequestException">The run can't go on; nothing was changed.</exception>
    /// <exception cref="WorkFailedException">The work failed; the record says so.</exception>
    public RunOutcome Resume(
        RunFolder folder,
        RunResumption from,
        IReadOnlyList<ITrainObserver> observers,
        RunSurroundings surroundings,
        TimeProvider time,
        CancellationToken cancellationToken = default)
    {
        CheckData(from.Manifest);
        RunContinuation continuation = from.Continuation(surroundings, time.GetUtcNow());
        RunManifest manifest = from.Manifest with
        {
            Status = RunStatus.Running,
            Reason = null,
            Ended = null,
            Error = null,
            Val = null,
            Test = null,
            WeightsDigest = null,
            Resumed = [.. from.Manifest.Resumed, continuation.Resumed],
        };
        using RunRecorder recorder = Recorder(folder, manifest, time, continuation);
        return Train(recorder, observers, time, from.Point, cancellationToken);
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
    public (Pass Pass, EvaluationResult Result)? Test(TrainResult training, TimeProvider time)
    {
        if (training.Status == TrainStatus.Interrupted || Data.Test is not { Count: > 0 })
        {
            return null;
        }

        using DataLoader loader = EvaluationLoader(Pass.Test);
        long start = time.GetTimestamp();
        EvaluationResult result = Evaluator.Evaluate(Model, Objective, loader.Epoch(0, 0), Data.Train.Classes);
        var pass = new Pass
        {
            At = training.Restored ? training.Best!.Value.At : training.At,
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

    private RunRecorder Recorder(RunFolder folder, RunManifest manifest, TimeProvider time, RunContinuation? from)
        => new(folder, manifest, Config.ToYaml(), Describe(), Config.Checkpoint, ModelMetadata.Of(this), time, from);

    private RunOutcome Train(
        RunRecorder recorder, IReadOnlyList<ITrainObserver> observers, TimeProvider time, ResumePoint? from, CancellationToken cancellationToken)
    {
        try
        {
            TrainResult result = Train([recorder, .. observers], time, from, cancellationToken);
            EvaluationResult? test = null;
            if (Test(result, time) is { } tested)
            {
                recorder.RecordTest(tested.Pass);
                test = tested.Result;
            }

            return new RunOutcome(recorder.Complete(WeightsDigest.Of(Model.state_dict())), result, test);
        }
        catch (Exception exception)
        {
            recorder.Fail(exception.Message);
            throw;
        }
    }

    private TrainResult Train(IReadOnlyList<ITrainObserver> observers, TimeProvider time, ResumePoint? from, CancellationToken cancellationToken)
    {
        using DataLoader train = TrainLoader();
        using DataLoader? validation = ValidationLoader();
        return new Trainer(Config.ToTrainOptions(), observers, time).Fit(Model, Objective, Config.Optimizer.Options, train, validation, from, cancellationToken);
    }

    private static DataSplits Load(RunConfig config, ComponentCatalog catalog, Downloader? downloader, CancellationToken cancellationToken)
    {
        var context = new DatasetContext(config.SeedToUse)
        {
            Target = ObjectiveFit.Wants(config.Objective.Options),
            Downloader = downloader ?? new(),
            CancellationToken = cancellationToken,
        };
        return catalog.LoadData(config.Data.Name, config.Data.Options, context);
    }

    private DataLoader TrainLoader() => DataLoader.ForTraining(Data.Train, Config.Loader, Data.TrainTransforms, _device);

    private DataLoader? ValidationLoader() => Data.Validation is { Count: > 0 } ? EvaluationLoader(Pass.Validation) : null;

    private RunManifest Manifest(RunSurroundings surroundings, TimeProvider time) => new()
    {
        Status = RunStatus.Running,
        Started = time.GetUtcNow(),
        Seed = Config.SeedToUse,
        Threads = Config.Threads!.Value,
        Device = _device.ToString(),
        Model = Config.Model.Name,
        Data = Config.Data.Name,
        DataFingerprint = Fingerprint.GetAwaiter().GetResult(),
        Parameters = Summary.Parameters,
        Versions = surroundings.Versions,
        Git = surroundings.Git,
    };

    private string Describe()
    {
        string parts = string.Join(", ", Data.Parts.Select(p => $"{p.Name} {p.Data.Count}"));
        return $"data {Config.Data.Name}: samples {Data.Train.SampleShape}, {Data.Train.Classes.Count} classes; {parts}\n"
            + $"architecture\n{Summary.ToString().TrimEnd()}";
    }
}

/// <summary>What a run gave.</summary>
/// <param name="Manifest">Its completed record.</param>
/// <param name="Training">How the training went.</param>
/// <param name="Test">What the test measured; null where it was interrupted or has no test set.</param>
public sealed record RunOutcome(RunManifest Manifest, TrainResult Training, EvaluationResult? Test);

/// <summary>What surrounds a run: machine, versions, source.</summary>
/// <param name="Versions">The versions of all that has a say in a run's bits.</param>
/// <param name="Git">The state of the source.</param>
/// <param name="CodePatch">How the source differed from its commit, as git tells it; null where it did not, or is not to be recorded.</param>
public sealed record RunSurroundings(RunVersions Versions, GitState? Git, byte[]? CodePatch = null)
{
    /// <summary>Those of this process.</summary>
    /// <param name="git">The state of the source.</param>
    /// <param name="codePatch">How it differed from its commit.</param>
    public static RunSurroundings OfProcess(GitState? git, byte[]? codePatch = null)
    {
        Machine machine = Machine.Inspect();
        return new(
            new RunVersions(
                machine.RegimenVersion,
                machine.TorchSharpVersion,
                machine.LibTorchVersion ?? "unknown",
                machine.DotNetVersion,
                machine.OperatingSystem,
                machine.Processor,
                string.Join(' ', machine.InstructionSets)),
            git,
            codePatch);
    }
}
