using System.Text;
using Regimen.Evaluation;
using Regimen.Files;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Recording;

/// <summary>Writes a run's folder while it trains: manifest, log, metrics, the loss of every step, checkpoints, and the sinks beside them.</summary>
/// <remarks>The record is part of the work: where it can't be written, the run ends. A sink, as TensorBoard's, is no part of it.</remarks>
internal sealed class RunRecord : ITrainObserver, IDisposable
{
    private readonly RunFolder _folder;
    private readonly TimeProvider _time;
    private readonly RunFiles _files;
    private readonly CheckpointSchedule _checkpoints;
    private readonly RowOrder _order = new();
    private readonly long _begun;
    private readonly double _secondsBefore;
    private RunManifest _manifest;
    private Task<string>? _fingerprint;
    private bool _endedWithBest;

    /// <summary>Begins a run's record, or goes on with one.</summary>
    /// <param name="folder">The run's folder: empty but for its lock, or the one to go on in.</param>
    /// <param name="manifest">What runs; its status is running.</param>
    /// <param name="config">The resolved config, as config.yaml is to hold it.</param>
    /// <param name="description">Data and architecture in words, for the log.</param>
    /// <param name="checkpoints">Which checkpoints to keep.</param>
    /// <param name="modelMetadata">What a checkpoint says of its model: enough to predict. It may still be in the making.</param>
    /// <param name="time">What time it is.</param>
    /// <param name="from">Where a record goes on; null to begin.</param>
    /// <param name="fingerprint">The data's fingerprint in the making, where the manifest has none; it is waited for before the first
    /// checkpoint.</param>
    /// <param name="sinks">What else is written into the folder.</param>
    /// <exception cref="RequestException">The record holds less than it should go on from.</exception>
    /// <exception cref="WorkFailedException">The folder can't be written to.</exception>
    internal RunRecord(
        RunFolder folder,
        RunManifest manifest,
        string config,
        string description,
        CheckpointOptions checkpoints,
        Task<IReadOnlyDictionary<string, string>> modelMetadata,
        TimeProvider time,
        RunContinuation? from = null,
        Task<string>? fingerprint = null,
        IReadOnlyList<RunSinkFactory>? sinks = null)
    {
        OptionsCheck.ThrowUnlessValid(checkpoints);
        _fingerprint = fingerprint;
        _folder = folder;
        _manifest = manifest;
        _time = time;
        _begun = time.GetTimestamp();
        _secondsBefore = from?.SecondsBefore ?? 0;
        var store = new CheckpointStore(folder.CheckpointsFolder, checkpoints.Keep);
        if (from is not null)
        {
            // First of all: what the index names must never count on more than the other files hold.
            store.CutBack(from.Checkpoint);
        }

        bool isBest = from?.Checkpoint is { } resumed && store.Index.Best == resumed.Name;
        _files = RunFiles.Open(folder, time, from?.Checkpoint, isBest, from?.History ?? History.Empty, sinks ?? []);
        store.Warn = _files.Log.Warning;
        AtomicFile.WriteAllBytes(folder.ConfigFile, Encoding.UTF8.GetBytes(config));
        Progress lastSaved = from?.Checkpoint is { } entry ? new Progress(entry.Epoch, entry.Step) : default;
        _checkpoints = new CheckpointSchedule(store, checkpoints, modelMetadata.GetAwaiter().GetResult(), _files, _order, lastSaved, RecordData);
        manifest.Write(folder.ManifestFile);
        if (from is null)
        {
            // Else the whole folder could be missing after a crash of the system, though every file in it was flushed.
            OutputFile.Guard(folder.FullPath, () => AtomicFile.FlushFolder(Path.GetDirectoryName(folder.FullPath)!));
        }

        string[] opening =
        [
            .. from?.Checkpoint is null ? RunLogText.Opening(folder.Name, manifest, config, description) : [],
            .. from is null ? [] : from.Notes.Prepend(from.Resumed.ToString()),
        ];
        foreach (string text in opening)
        {
            _files.Log.Information(text);
        }
    }

    /// <inheritdoc/>
    public void Observe(TrainEvent trainEvent)
    {
        if (trainEvent is not TrainEvent.StepTaken)
        {
            _folder.ThrowIfGone();
        }

        _checkpoints.Before(trainEvent);
        switch (trainEvent)
        {
            case TrainEvent.Started started:
                _files.Log.Information(RunLogText.Of(started));
                break;
            case TrainEvent.StepTaken step:
                _files.Steps.Append(step.Loss);
                break;
        }

        foreach (Pass pass in _order.RowsAt(trainEvent))
        {
            Record(pass);
        }

        // Before the checkpoint: it counts on what the sinks have, too.
        foreach (IRunSink sink in _files.Sinks)
        {
            sink.Observe(trainEvent);
        }

        _checkpoints.After(trainEvent);
        if (trainEvent is TrainEvent.Ended end)
        {
            End(end.Result);
        }
    }

    /// <summary>Writes a warning to the log.</summary>
    internal void Warn(string text) => _files.Log.Warning(text);

    /// <summary>Adds the pass over the test set.</summary>
    public void RecordTest(Pass pass)
    {
        Record(pass);
        foreach (IRunSink sink in _files.Sinks)
        {
            sink.Write(pass);
        }

        _manifest = _manifest with { Test = RunEnd.Values(pass) };
    }

    /// <summary>Adds a test to the record of a training that has ended.</summary>
    public void RecordTest(EvaluationResult result)
    {
        Progress at = _manifest is { BestEpoch: { } epoch, BestStep: { } step } && _endedWithBest ? new Progress(epoch, step) : new Progress(_manifest.Epochs, _manifest.Steps);
        RecordTest(new Pass { At = at, Split = Pass.Test, Samples = result.Samples, Loss = result.Loss, Metrics = result.Metrics, Seconds = 0 });
        _files.Flush();
        _files.FlushToDisk();
        _manifest.Write(_folder.ManifestFile);
    }

    /// <summary>Completes the record of a run that ended by itself or was asked to stop.</summary>
    /// <param name="weightsDigest">Of the weights that it ends with.</param>
    public RunManifest Complete(string weightsDigest)
    {
        _checkpoints.Wait();
        if (_manifest.Status != RunStatus.Interrupted)
        {
            RecordData();
        }

        _folder.ThrowIfGone();
        _files.Flush();
        _files.FlushToDisk();
        _files.Log.Information($"weights digest {weightsDigest}");
        _files.Log.Information($"{_manifest.Status}: {_manifest.Reason}");
        _manifest = _manifest with
        {
            WeightsDigest = weightsDigest,
            Ended = _time.GetUtcNow(),
            Seconds = Seconds,
        };
        _manifest.Write(_folder.ManifestFile);
        return _manifest;
    }

    /// <summary>Completes the record of a run that was asked to stop after its training and before the end of its test. It stands as one that
    /// was interrupted at its last step: it goes on from the checkpoint made there, and only the test is left to do.</summary>
    /// <param name="result">What the training gave, its status interrupted.</param>
    public RunManifest Interrupt(TrainResult result)
    {
        End(result);
        _checkpoints.Wait();
        return Complete(new CheckpointStore(_folder.CheckpointsFolder).Find("last").WeightsDigest);
    }

    /// <summary>Says in the record that the run failed: in its log, its manifest, and with all that was trained by then. Each part is written
    /// even if another can't be.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="weightsDigest">Of the weights that the run ended with; null where it did not come to its end.</param>
    public void Fail(string error, string? weightsDigest = null)
    {
        _manifest = _manifest with
        {
            Status = RunStatus.Failed,
            Error = error,
            WeightsDigest = weightsDigest,
            Ended = _time.GetUtcNow(),
            Seconds = Seconds,
        };
        TryEach(
            () => _files.Log.Error(error),
            _files.Flush,
            _checkpoints.Wait,
            _checkpoints.SaveDue,
            _checkpoints.Wait,
            _files.FlushToDisk,
            () => _manifest.Write(_folder.ManifestFile));
    }

    /// <inheritdoc/>
    public void Dispose() => TryEach(_checkpoints.Dispose, _files.Dispose);

    /// <summary>Runs each part, also after another part failed. Failures of parts are not reported: the failure that ended the run is, and
    /// these follow from it.</summary>
    private static void TryEach(params ReadOnlySpan<Action> parts)
    {
        foreach (Action part in parts)
        {
            try
            {
                part();
            }
            catch (Exception exception) when (exception is WorkFailedException || OutputFile.IsFault(exception))
            {
                // See above.
            }
        }
    }

    private double Seconds => _secondsBefore + _time.GetElapsedTime(_begun).TotalSeconds;

    /// <summary>Puts the data's fingerprint into the manifest: a run that can be resumed says which data it was trained on.</summary>
    private void RecordData()
    {
        if (_fingerprint is not { } computing)
        {
            return;
        }

        _fingerprint = null;
        try
        {
            _manifest = _manifest with { DataFingerprint = computing.GetAwaiter().GetResult() };
        }
        catch (Exception failure) when (failure is not WorkFailedException)
        {
            throw new WorkFailedException(new Problem($"The data's fingerprint can't be computed: {failure.Message.Split('\n')[0].TrimEnd()}") { Where = $"data={_manifest.Data}" }, failure);
        }

        _manifest.Write(_folder.ManifestFile);
        _files.Log.Information(RunLogText.OfData(_manifest.DataFingerprint));
    }

    private void Record(Pass pass)
    {
        _files.Steps.Flush();
        _files.Metrics.Append(pass);
        _files.Log.Information(RunLogText.Of(pass));
    }

    private void End(TrainResult result)
    {
        _manifest = RunEnd.Of(_manifest, result);
        _endedWithBest = result.Restored;
        _files.Log.Information(RunLogText.Of(result));
        _files.Steps.Flush();
    }
}
