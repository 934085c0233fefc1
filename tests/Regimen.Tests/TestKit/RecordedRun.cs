using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Tracking;
using Regimen.Training;

namespace Regimen.Tests.TestKit;

/// <summary>A tiny training that writes a run folder: 48 samples in batches of 16, three steps per epoch.</summary>
internal sealed class RecordedRun : IDisposable
{
    public const int StepsPerEpoch = 3;

    public static readonly string Config = "seed: 42\nmodel:\n  name: tiny\n";

    private static readonly IReadOnlyDictionary<string, string> ModelMetadata = new Dictionary<string, string> { ["classes"] = "3" };

    public RecordedRun(string root, CheckpointOptions? checkpoints = null, TimeProvider? time = null)
    {
        Folder = RunFolder.Create(root, "clusters-tiny", StoppedClock.AtNoon);
        Recorder = new RunRecord(
            Folder, Manifests.Running(), Config, "a tiny net\n  of two layers", checkpoints ?? new CheckpointOptions(), Task.FromResult(ModelMetadata), time ?? StoppedClock.AtNoon, sinks: [(folder, history, step, warn, time) => TensorBoardObserver.Open(folder, history, step, warn, time)]);
    }

    public RunFolder Folder { get; }

    public RunRecord Recorder { get; }

    public TinyNet Model { get; } = TinyNet.Seeded();

    public EventLog Log { get; private set; } = new();

    public CheckpointStore Checkpoints => new(Folder.CheckpointsFolder);

    /// <summary>Trains. Each event is recorded before <paramref name="act"/> is called.</summary>
    public TrainResult Train(TrainOptions options, Action<TrainEvent>? act = null, CancellationToken cancellationToken = default)
        => Train(options, Objectives.CrossEntropy, act, cancellationToken);

    /// <summary>Resumes another run's training in this run's record.</summary>
    public TrainResult TrainFrom(ResumePoint from, TrainOptions options)
        => Train(Model, options, Objectives.CrossEntropy, [Recorder], from, CancellationToken.None);

    /// <summary>Trains with another objective.</summary>
    public TrainResult Train(TrainOptions options, Objective objective, Action<TrainEvent>? act = null, CancellationToken cancellationToken = default)
    {
        Log = new EventLog(act);
        return Train(Model, options, objective, [Recorder, Log], from: null, cancellationToken);
    }

    /// <summary>Resumes a recorded run with another model of the same kind, without a record.</summary>
    public static TrainResult ResumeUnrecorded(TinyNet model, TrainOptions options, Objective objective, ResumePoint from) => Train(model, options, objective, [], from, CancellationToken.None);

    private static TrainResult Train(
        TinyNet model, TrainOptions options, Objective objective, IReadOnlyList<ITrainObserver> observers, ResumePoint? from, CancellationToken cancellationToken)
    {
        using DataLoader train = DataLoader.ForTraining(TinyData.Clusters(48), new LoaderOptions { BatchSize = 16, Workers = 0 });
        using DataLoader validation = DataLoader.ForEvaluation(TinyData.Clusters(30, seed: 8));
        return new Trainer(options, observers).Fit(model, objective, Optimizers.AdamW(0.01), train, validation, from, cancellationToken);
    }

    public void Dispose()
    {
        Recorder.Dispose();
        Folder.Dispose();
        Model.Dispose();
    }
}
