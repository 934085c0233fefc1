using System.Text.Json.Nodes;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Experiments;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Training;

namespace Regimen.Tests.TestKit;

/// <summary>Trains, interrupts and resumes runs from configs, in this process, on the tiny MNIST.</summary>
internal sealed class TinyExperiment : IDisposable
{
    private static readonly ComponentCatalog Catalog = ComponentCatalog.From();
    private static readonly RunEnvironment Environment = new(Manifests.Running().Versions, null);
    private readonly ProjectFolder _project = new();

    /// <summary>Three steps per epoch, four epochs, no early stopping: twelve steps. Nothing divides evenly: the last batch of an epoch is
    /// shorter, and the last step has one batch where the others have two.</summary>
    public static readonly string[] TwelveSteps =
        ["trainer.epochs=4", "loader.batch_size=5", "trainer.accumulate=2", "data.limit=29", "early_stopping=none"];

    /// <summary>The clock of the runs; the system's unless a test sets one.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>The folder of the data.</summary>
    public string Data => _project.Data;

    /// <summary>Writes a file, and returns its absolute path.</summary>
    public string Write(string name, string text)
    {
        _project.Folder.Write(name, System.Text.Encoding.UTF8.GetBytes(text));
        return _project.Folder[name];
    }

    /// <summary>A text of 2,000 characters.</summary>
    public string TextFile => field ??= _project.Folder.Write("text.txt", System.Text.Encoding.UTF8.GetBytes(TinyText.Of(2000)));

    /// <summary>The folder of all runs.</summary>
    public string Runs => _project.Runs;

    /// <summary>Trains into a new run folder.</summary>
    /// <param name="config">The arguments, as on the command line.</param>
    /// <param name="act">Called with every event after it was recorded; an exception from it fails the run.</param>
    /// <param name="cancellationToken">Stops the run after its step.</param>
    public string Train(string[] config, Action<TrainEvent>? act = null, CancellationToken cancellationToken = default)
    {
        RunConfig composed = ConfigComposer.Compose(Catalog, new ConfigRequest
        {
            WorkingDirectory = _project.Folder.FullPath,
            Arguments = [.. DataArguments(config), "threads=1", .. config],
        }).Config;
        using Experiment experiment = Experiment.Prepare(composed, Catalog, cancellationToken: cancellationToken);
        experiment.Check();
        using RunFolder folder = RunFolder.Create(_project.Runs, "tiny", StoppedClock.AtNoon);
        Guarded(act, log => experiment.Run(folder, [log], Environment, Time, cancellationToken: cancellationToken));
        return folder.FullPath;
    }

    /// <summary>Trains and stops after a step.</summary>
    public string TrainUntil(long step, params string[] config)
    {
        using var stop = new CancellationTokenSource();
        return Train(config, e => StopAt(e, step, stop), stop.Token);
    }

    /// <summary>Resumes a run.</summary>
    public void Resume(string run, string[]? changes = null, Action<TrainEvent>? act = null, CancellationToken cancellationToken = default)
    {
        using RunFolder folder = RunFolder.Find(run, _project.Runs, _project.Folder.FullPath);
        folder.Lock();
        using RunResumption from = RunResumption.Read(folder, Catalog, changes ?? []);
        using Experiment experiment = Experiment.Prepare(from.Config, Catalog, cancellationToken: cancellationToken);
        Guarded(act, log => experiment.Resume(folder, from, [log], Environment, Time, cancellationToken: cancellationToken));
    }

    /// <summary>Verifies a run.</summary>
    public Verification.VerificationResult Verify(string run)
    {
        using RunFolder folder = RunFolder.Find(run, _project.Runs, _project.Folder.FullPath);
        var recorded = Verification.RecordedRun.Read(folder, Catalog);
        using Experiment experiment = Experiment.Prepare(recorded.Config, Catalog);
        return Verification.Verifier.Verify(recorded, experiment, null, [], Time);
    }

    /// <summary>Forks a run into a new folder.</summary>
    public string Fork(string run, string checkpoint, string[]? changes = null, Action<TrainEvent>? act = null, CancellationToken cancellationToken = default)
    {
        using RunFolder parent = RunFolder.Find(run, _project.Runs, _project.Folder.FullPath);
        using var from = ForkRequest.Read(parent, checkpoint, Catalog, changes ?? [], _project.Folder.FullPath);
        using Experiment experiment = Experiment.Prepare(from.Config, Catalog, cancellationToken: cancellationToken);
        experiment.Check();
        from.Check(experiment);
        using RunFolder folder = RunFolder.Create(_project.Runs, "fork", StoppedClock.AtNoon);
        Guarded(act, log => experiment.Fork(folder, from, [log], Environment, Time, cancellationToken: cancellationToken));
        return folder.FullPath;
    }

    /// <summary>Forks a run and stops after a step.</summary>
    public string ForkUntil(long step, string run, string checkpoint, params string[] changes)
    {
        using var stop = new CancellationTokenSource();
        return Fork(run, checkpoint, changes, e => StopAt(e, step, stop), stop.Token);
    }

    /// <summary>Resumes a run and stops after a step.</summary>
    public void ResumeUntil(string run, long step)
    {
        using var stop = new CancellationTokenSource();
        Resume(run, act: e => StopAt(e, step, stop), cancellationToken: stop.Token);
    }

    private string[] DataArguments(string[] config) => config.Contains("data=text") ? [$"data.path={TextFile}"]
        : config.Any(c => c.StartsWith("data=", StringComparison.Ordinal)) ? []
        : [$"data.root={_project.Data}"];

    public void Dispose() => _project.Dispose();

    private static void StopAt(TrainEvent happened, long step, CancellationTokenSource stop)
    {
        if (happened is TrainEvent.StepTaken taken && taken.State.At.Step == step)
        {
            stop.Cancel();
        }
    }

    private static void Guarded(Action<TrainEvent>? act, Action<EventLog> work)
    {
        try
        {
            work(new EventLog(act));
        }
        catch (BreakOffException)
        {
            // Thrown by the test.
        }
    }
}

/// <summary>Thrown by a test during a run to simulate the end of the process.</summary>
internal sealed class BreakOffException : Exception;

/// <summary>The parts of a run's record that must not depend on interruptions.</summary>
internal sealed record RunBits(string Steps, string Digest, string Metrics, string State, string TensorBoard, string Log, string Manifest)
{
    public static RunBits Of(string run)
    {
        JsonObject manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!.AsObject();
        return new RunBits(
            Convert.ToHexString(File.ReadAllBytes(Path.Combine(run, "steps.f32"))),
            (string)manifest["weights_digest"]!,
            string.Join('\n', MetricsFile.ReadAll(Path.Combine(run, "metrics.jsonl")).Select(WithoutTime)),
            StateOfLast(run),
            string.Join('\n', TensorBoardEvents(run)),
            string.Join('\n', LogLines(run)),
            new JsonObject(new[] { "status", "reason", "epochs", "steps", "best_epoch", "best_step", "val", "test" }.Select(k => KeyValuePair.Create(k, manifest[k]?.DeepClone()))).ToJsonString());
    }

    /// <summary>Compares part by part, so that a failure names the part.</summary>
    public void AssertEqual(RunBits other)
    {
        Assert.Equal(Steps, other.Steps);
        Assert.Equal(Digest, other.Digest);
        Assert.Equal(Metrics, other.Metrics);
        Assert.Equal(State, other.State);
        Assert.Equal(TensorBoard, other.TensorBoard);
        Assert.Equal(Log, other.Log);
        Assert.Equal(Manifest, other.Manifest);
    }

    private static string WithoutTime(JsonNode row)
    {
        var values = (JsonObject)row.DeepClone();
        foreach (string time in new[] { "seconds", "samples_per_second", "epoch_seconds" })
        {
            values.Remove(time);
        }

        return values.ToJsonString();
    }

    /// <summary>Returns the last checkpoint's optimizer state, history and best value as text, from files with the right digests. It creates no
    /// tensors, because tests of other processes use it beside tests that count tensors.</summary>
    private static string StateOfLast(string run)
    {
        var store = new CheckpointStore(Path.Combine(run, "checkpoints"));
        CheckpointEntry last = store.Find("last");
        SafetensorsFile training = store.Read(last, CheckpointStore.TrainingFile);
        IEnumerable<string> tensors = training.Entries.OrderBy(e => e.Name, StringComparer.Ordinal).Select(e => $"{e.Name} {Convert.ToHexString(training.Values(e))}");
        store.Read(last, CheckpointStore.ModelFile);
        string raw = last.Sha256.ContainsKey(CheckpointStore.RawFile) ? WeightsDigest.Of(store.Read(last, CheckpointStore.RawFile)) : "none";
        IEnumerable<string> history = CheckpointReader.History(store, training.Metadata).Passes.Select(p => WithoutTime(MetricsFile.Row(p)));
        return string.Join('\n', [last.Name, last.WeightsDigest, store.Index.Best, training.Metadata.GetValueOrDefault("best"), training.Metadata.GetValueOrDefault("averages"), raw, .. history, .. tensors]);
    }

    private static IEnumerable<string> TensorBoardEvents(string run) => Directory.GetFiles(run, "events.*").Order(StringComparer.Ordinal)
        .SelectMany(TensorBoardBytes.Read)
        .Where(e => e.Values.Count + e.Others.Count > 0)
        .Select(e => $"{e.Step} {string.Join(' ', e.Values.Select(v => $"{v.Tag}={BitConverter.SingleToUInt32Bits(v.Value):x}").Concat(e.Others.Select(TextOf)))}");

    /// <summary>A summary without the times in it. The config is that of the start, without the changes of a resumption.</summary>
    private static string TextOf(TensorBoardSummary summary)
        => summary.Plugin == "hparams" || summary.Tag == "config" ? summary.Tag : $"{summary.Tag}={Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(summary.Message))}";

    /// <summary>Returns the log's lines about passes and checkpoints of whole epochs, without times.</summary>
    private static IEnumerable<string> LogLines(string run) => File.ReadAllLines(Path.Combine(run, "train.log"))
        .Select(line => line.Split("Z INF ", 2)[^1])
        .Where(text => text.StartsWith("epoch ", StringComparison.Ordinal) || (text.StartsWith("checkpoint ", StringComparison.Ordinal) && !text.Contains("-step-", StringComparison.Ordinal)))
        .Select(text => text.Split(" s, ")[0].Split(", ") is { Length: > 2 } parts ? string.Join(", ", parts[..^1]) : text);
}
