using System.Text;
using Regimen.Evaluation;
using Regimen.Files;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Recording;

/// <summary>Writes a run's folder during training: manifest, log, metrics, the loss of every step, checkpoints, and the sinks.</summary>
/// <remarks>If the record can't be written, the run ends with an error. A failing sink, such as TensorBoard's, does not end the run.</remarks>
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

    /// <summary>Begins the record of a run, or continues it.</summary>
    /// <param name="folder">The run's folder: new and empty except for its lock, or that of the run to continue.</param>
    /// <param name="manifest">The run's manifest with the status running.</param>
    /// <param name="config">The resolved config, as written to config.yaml.</param>
    /// <param name="description">A description of data and architecture, for the log.</param>
    /// <param name="checkpoints">The options of saving and keeping checkpoints.</param>
    /// <param name="modelMetadata">The metadata of the model in each checkpoint, which is sufficient to predict. The task may still be running.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="from">The checkpoint that the record continues from, its own or that of the run that it is forked from; null to begin.</param>
    /// <param name="fingerprint">The computation of the data's fingerprint, if the manifest has none; it is awaited before the first
    /// checkpoint.</param>
    /// <param name="sinks">Additional outputs of the run.</param>
    /// <exception cref="RequestException">The record holds less than the checkpoint refers to.</exception>
    /// <exception cref="WorkFailedException">The folder can't be written.</exception>
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
            // The index is truncated first: it must never refer to more than the other files hold.
            store.CutBack(from.Checkpoint);
        }

        bool isFork = from is { Resumed: null };
        bool isBest = from?.Checkpoint is { } start && store.Index.Best == start.Name;
        _files = RunFiles.Open(folder, time, from?.Checkpoint, isBest, from?.History ?? History.Empty, sinks ?? [], isFork);
        store.Warn = _files.Log.Warning;
        AtomicFile.WriteAllBytes(folder.ConfigFile, Encoding.UTF8.GetBytes(config));
        Progress lastSaved = from?.Checkpoint is { } entry ? new Progress(entry.Epoch, entry.Step) : default;
        _checkpoints = new CheckpointSchedule(store, checkpoints, modelMetadata.GetAwaiter().GetResult(), _files, _order, lastSaved, RecordData, time);
        manifest.Write(folder.ManifestFile);
        if (from is null || isFork)
        {
            // Without this, the whole folder could be missing after a system crash although every file in it was flushed.
            OutputFile.Guard(folder.FullPath, () => AtomicFile.FlushFolder(Path.GetDirectoryName(folder.FullPath)!));
        }

        string[] opening =
        [
            .. from?.Checkpoint is null || isFork ? RunLogText.Opening(folder.Name, manifest, config, description) : [],
            .. from is null ? [] : from.Resumed is { } resumed ? from.Notes.Prepend(resumed.ToString()) : from.Notes,
            .. isFork ? [RunLogText.OfCheckpoint(from!.Checkpoint!.Name, isBest)] : Array.Empty<string>(),
        ];
        foreach (string text in opening)
        {
            _files.Log.Information(text);
        }
    }

    /// <summary>Receives the time spent on saving checkpoints, for a profile; null if nothing is measured.</summary>
    internal ITrainProbe? Probe { get; init; }

    /// <inheritdoc/>
    public bool NeedsGradients => _files.Sinks.Any(s => s.NeedsGradients);

    /// <inheritdoc/>
    public bool NeedsGradientsOf(long step)
    {
        foreach (IRunSink sink in _files.Sinks)
        {
            if (sink.NeedsGradientsOf(step))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public bool NeedsStateOf(long step) => _checkpoints.IsDueAt(step);

    /// <inheritdoc/>
    public void Observe(TrainEvent trainEvent)
    {
        if (trainEvent is TrainEvent.GradientsComputed)
        {
            // Part of a step: nothing of the record changes before the update.
            foreach (IRunSink sink in _files.Sinks)
            {
                if (sink.NeedsGradients)
                {
                    sink.Observe(trainEvent);
                }
            }

            return;
        }

        if (trainEvent is not TrainEvent.StepTaken)
        {
            _folder.ThrowIfGone();
        }

        Probe?.Enter(TrainPhase.Checkpoint);
        _checkpoints.Before(trainEvent);
        Probe?.Enter(TrainPhase.Observers);
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

        // Sinks come before the checkpoint, because it refers to their entries too.
        foreach (IRunSink sink in _files.Sinks)
        {
            sink.Observe(trainEvent);
        }

        Probe?.Enter(TrainPhase.Checkpoint);
        _checkpoints.After(trainEvent);
        Probe?.Enter(TrainPhase.Observers);
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

    /// <summary>Adds test results to the record of a training that has ended.</summary>
    public void RecordTest(EvaluationResult result)
    {
        Progress at = _manifest is { BestEpoch: { } epoch, BestStep: { } step } && _endedWithBest ? new Progress(epoch, step) : new Progress(_manifest.Epochs, _manifest.Steps);
        RecordTest(new Pass { At = at, Split = Pass.Test, Samples = result.Samples, Loss = result.Loss, Metrics = result.Metrics, Seconds = 0 });
        _files.Flush();
        _files.FlushToDisk();
        _manifest.Write(_folder.ManifestFile);
    }

    /// <summary>Completes the record of a run that has ended or was interrupted.</summary>
    /// <param name="weightsDigest">The digest of the final weights.</param>
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

    /// <summary>Completes the record of a run that was interrupted after its training and before the end of its test. It is recorded as
    /// interrupted at its last step: it resumes from the checkpoint of that step, and only the test remains.</summary>
    /// <param name="result">The result of the training, with the status interrupted.</param>
    public RunManifest Interrupt(TrainResult result)
    {
        End(result);
        _checkpoints.Wait();
        return Complete(new CheckpointStore(_folder.CheckpointsFolder).Find("last").WeightsDigest);
    }

    /// <summary>Records the failure of the run in its log and manifest, with the results so far. Each part is written even if another part
    /// can't be written.</summary>
    /// <param name="error">The error message.</param>
    /// <param name="weightsDigest">The digest of the final weights; null if the training did not reach its end.</param>
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

    /// <summary>Runs each part, even after another part failed. Failures of parts are not reported, because they follow from the failure that
    /// ended the run.</summary>
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

    /// <summary>Writes the data's fingerprint to the manifest, which identifies the data when the run is resumed.</summary>
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
            throw new WorkFailedException(new Problem($"Unable to compute the data's fingerprint: {failure.Message.Split('\n')[0].TrimEnd()}") { Where = $"data={_manifest.Data}" }, failure);
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
