using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Training;

namespace Regimen.Recording;

/// <summary>An observer that compares a training with the record of an earlier one, bit for bit: the loss of every step, every pass, and the
/// weights at the end. It writes nothing.</summary>
public sealed class RunVerifier : ITrainObserver
{
    private readonly RunManifest _manifest;
    private readonly float[] _losses;
    private readonly IReadOnlyList<Pass> _passes;
    private readonly string _folder;
    private readonly RowOrder _order = new();
    private readonly List<Problem> _differences = [];
    private long _steps;
    private int _rows;

    /// <summary>Reads a record that a <see cref="RunRecorder"/> wrote.</summary>
    /// <param name="run">The run's folder, or <c>runs/latest</c>.</param>
    /// <exception cref="RequestException">There is no such run, or it is damaged.</exception>
    public RunVerifier(string run)
    {
        using RunFolder folder = RunRecorder.Find(run);
        _folder = folder.FullPath;
        _manifest = RunManifest.Read(folder.ManifestFile);
        _losses = StepLossFile.ReadAll(folder.StepsFile);
        _passes = MetricsFile.ReadPasses(folder.MetricsFile);
    }

    /// <summary>The differences so far, the first of each kind; empty where the training equals the record.</summary>
    public IReadOnlyList<Problem> Differences => _differences;

    /// <summary>The number of steps whose loss was equal.</summary>
    public long EqualSteps { get; private set; }

    /// <summary>Whether the training has ended and equals the record: every recorded loss and pass, and the weights at the end where the recorded
    /// training had ended by itself. Not compared: the rest of run.json, the checkpoints, the test, the log.</summary>
    public bool IsIdentical { get; private set; }

    /// <summary>The recorded reason of a training that its time limit ended, after the step that it ended with. The verifying training has
    /// no limit of its own: <see cref="TrainOptions.MaxMinutes"/> is null.</summary>
    public string? StopReason { get; private set; }

    /// <inheritdoc/>
    public void Observe(TrainEvent trainEvent)
    {
        switch (trainEvent)
        {
            case TrainEvent.Started { Setup: { } setup } when _manifest.DataFingerprint is { } expected && RecordedSetup.Fingerprint(setup) is var received && received != expected:
                _differences.Add(new Problem("The data is not the data that the run was trained on") { Where = _folder, Expected = expected, Received = received });
                break;
            case TrainEvent.StepTaken step:
                Compare(step);
                StopReason = _manifest.StoppedBy == TrainOptions.TimeLimit && step.State.At.Step == _manifest.Steps ? _manifest.Reason : StopReason;
                break;
        }

        foreach (Pass pass in _order.RowsAt(trainEvent))
        {
            Compare(pass);
        }

        if (trainEvent is TrainEvent.Ended ended)
        {
            End(ended);
        }
    }

    /// <summary>Whether the recorded training ended by itself; else only its first steps are compared.</summary>
    private bool HasEnded => _manifest.Status is RunStatus.Finished or RunStatus.StoppedEarly;

    private void Compare(TrainEvent.StepTaken step)
    {
        if (step.State.At.Step > _losses.Length && !HasEnded)
        {
            return;
        }

        _steps++;
        float? expected = step.State.At.Step <= _losses.Length ? _losses[step.State.At.Step - 1] : null;
        if (expected is { } loss && BitConverter.SingleToUInt32Bits(loss) == BitConverter.SingleToUInt32Bits(step.Loss))
        {
            EqualSteps++;
        }
        else if (EqualSteps == _steps - 1)
        {
            _differences.Add(new Problem("The loss of a step differs") { Where = $"{step.State.At}", Expected = expected is null ? "no further step" : $"{expected:R}", Received = $"{step.Loss:R}" });
        }
    }

    private void Compare(Pass pass)
    {
        if (_rows >= _passes.Count && !HasEnded)
        {
            return;
        }

        Pass? expected = _rows < _passes.Count ? _passes[_rows] : null;
        _rows++;
        bool isEqual = expected is not null && expected.At == pass.At && expected.Split == pass.Split
            && pass.Values.All(v => expected.Value(v.Key) is { } recorded && recorded.Equals(v.Value)) && expected.Values.All(v => pass.Value(v.Key) is not null);
        if (!isEqual && _differences.All(d => !d.Message.StartsWith("A pass", StringComparison.Ordinal)))
        {
            _differences.Add(new Problem("A pass differs")
            {
                Where = $"{pass.At}, {pass.Split}",
                Expected = expected is null ? "no further pass" : $"{expected.At}, {expected.Split}: {Text(expected)}",
                Received = Text(pass),
            });
        }
    }

    private void End(TrainEvent.Ended ended)
    {
        string digest = Weights.Digest(ended.State.Model);
        if (HasEnded ? _losses.Length != ended.Result.At.Step : _losses.Length > ended.Result.At.Step)
        {
            _differences.Add(new Problem("The number of steps differs") { Where = _folder, Expected = $"{_losses.Length}", Received = $"{ended.Result.At.Step}" });
        }

        if (HasEnded && _manifest.WeightsDigest is { } expected && expected != digest)
        {
            _differences.Add(new Problem("The weights at the end differ") { Where = _folder, Expected = expected, Received = digest });
        }

        if (_passes.Skip(_rows).FirstOrDefault(p => p.Split != Pass.Test) is { } left)
        {
            _differences.Add(new Problem("The record has a pass that the training did not make") { Where = _folder, Expected = $"{left.At}, {left.Split}: {Text(left)}", Received = "none" });
        }

        IsIdentical = _differences.Count == 0 && _losses.Length > 0;
    }

    private static string Text(Pass pass) => string.Join(", ", pass.Values.Select(v => $"{v.Key} {v.Value:R}"));
}
