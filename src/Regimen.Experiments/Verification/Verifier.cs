using Regimen.Evaluation;
using Regimen.Experiments;
using Regimen.Findings;
using Regimen.Reports;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Training;

namespace Regimen.Verification;

/// <summary>Trains a run again from its record and compares every loss, every pass, the weights of each checkpoint and the final weights.
/// Writes nothing.</summary>
internal static class Verifier
{
    /// <summary>Returns the differences between the recorded environment and that of this process, which may explain different bits.</summary>
    /// <param name="run">The record.</param>
    /// <param name="here">The versions and machine of this process.</param>
    public static IReadOnlyList<string> Surroundings(RecordedRun run, RunVersions here)
    {
        string[] differences = [.. RunVersions.Differences(run.Manifest.Versions, here)];
        return differences.Length == 0 ? [] : [.. differences, Expectation(run.Manifest, here)];
    }

    /// <summary>Returns what a verification in other surroundings can be expected to show.</summary>
    internal static string Expectation(RunManifest manifest, RunVersions here)
    {
        RunVersions there = manifest.Versions;
        if (there.Regimen != here.Regimen)
        {
            return "another version of Regimen may compute in another order: equal bits can't be expected";
        }

        return manifest.Bits == "portable" ? "the run's bits are portable, so equal bits are expected here"
            : (there.Cpu, there.InstructionSet, there.Libtorch) == (here.Cpu, here.InstructionSet, here.Libtorch) ? "the run's bits depend on the machine, which is the same"
            : "the run's bits depend on the processor and on libtorch (bits: machine), so equal bits can't be expected here; losses that agree in their first digits can";
    }

    /// <summary>Verifies a run.</summary>
    /// <param name="run">The record.</param>
    /// <param name="experiment">The experiment of the record's config.</param>
    /// <param name="untilStep">The maximum number of steps to compare; null for all recorded steps.</param>
    /// <param name="observers">The observers.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="cancellationToken">Ends the verification without a result.</param>
    /// <exception cref="OperationCanceledException">The verification was cancelled.</exception>
    /// <exception cref="WorkFailedException">A loss was not finite.</exception>
    public static VerificationResult Verify(
        RecordedRun run,
        Experiment experiment,
        long? untilStep,
        IReadOnlyList<ITrainObserver> observers,
        TimeProvider time,
        CancellationToken cancellationToken = default)
    {
        if (untilStep <= run.FirstStep)
        {
            throw new RequestException(new Problem("The run is trained again from the checkpoint that it was forked from")
            {
                Where = $"--until-step {untilStep}",
                Expected = $"a step after {run.FirstStep}",
                Received = $"{untilStep}",
            });
        }

        if (experiment.DataProblem(run.Manifest) is { } data)
        {
            // With other data every step differs, so training would not provide further information.
            return new VerificationResult { Findings = [data, .. run.Findings], ExpectedDigest = run.Manifest.WeightsDigest };
        }

        List<Problem> findings = [.. run.Findings, .. ManifestComparison.Before(run, experiment)];
        bool toTheEnd = run.IsOver && (untilStep is null || untilStep >= run.Losses.Length);
        long last = Math.Min(untilStep ?? long.MaxValue, run.Losses.Length);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var comparing = new ComparingObserver(run, toTheEnd ? long.MaxValue : last, stop.Cancel);
        using ResumePoint? from = Origin(run);
        TrainResult result = Train(experiment, [comparing, .. observers], comparing, time, from, stop.Token);
        cancellationToken.ThrowIfCancellationRequested();

        StepDifference? difference = comparing.FirstDifference;
        if (result.At.Step < last)
        {
            difference ??= new StepDifference(result.At with { Step = result.At.Step + 1 }, run.Losses[result.At.Step], null);
        }

        FindingsPass? collected = toTheEnd ? experiment.FindingsOf(Pass.Test) : null;
        (Pass Pass, EvaluationResult Result)? tested = toTheEnd ? experiment.Test(result, time, collected, cancellationToken) : null;
        Pass? test = tested?.Pass;
        if (test is not null)
        {
            comparing.Compare(test);
        }

        findings.AddRange(comparing.Findings);
        findings.AddRange(OfFindings(run, () => tested is { Result: var measured } ? collected?.Finish(measured)
            : toTheEnd && experiment.SplitOfFindings is { } split ? experiment.CollectFindings(split, cancellationToken).Findings
            : null));
        findings.AddRange(comparing.Checkpoints.AtEnd(ModelMetadata.Of(experiment)));
        (string? expected, string? received) = Digests(run, experiment, comparing, toTheEnd, last);
        if (expected is not null && expected != received)
        {
            findings.Add(new Problem("The final weights differ") { Where = run.Folder.ManifestFile, Expected = expected, Received = received });
        }

        if (toTheEnd)
        {
            findings.AddRange(ManifestComparison.AtEnd(run, result, test));
            findings.AddRange(comparing.Rows.AtEnd());
        }
        else if (!run.IsOver)
        {
            findings.AddRange(ManifestComparison.OfRows(run));
        }

        return new VerificationResult
        {
            FirstDifference = difference,
            Findings = findings,
            Steps = comparing.Steps,
            Passes = comparing.Rows.Count,
            Checkpoints = comparing.Checkpoints.Count,
            NotCompared = NotCompared(run, toTheEnd, comparing),
            ExpectedDigest = expected,
            ReceivedDigest = received,
        };
    }

    /// <summary>Compares findings.json, see <see cref="RunFindings.Compared"/>. Runs of earlier versions have
    /// none.</summary>
    private static IEnumerable<Problem> OfFindings(RecordedRun run, Func<RunFindings?> collect)
    {
        try
        {
            return RunFindings.Read(run.Folder.FullPath) is { } recorded && collect() is { } received
                && !recorded.Compared().ToBytes().AsSpan().SequenceEqual(received.Compared().ToBytes())
                    ? [new Problem("The findings of the test differ") { Where = Path.Combine(run.Folder.FullPath, RunFindings.FileName) }]
                    : [];
        }
        catch (RequestException exception)
        {
            return exception.Problems;
        }
    }

    /// <summary>Trains. Results that are not finite are compared like all others, because earlier versions recorded such runs as finished.</summary>
    private static TrainResult Train(
        Experiment experiment, IReadOnlyList<ITrainObserver> observers, ComparingObserver comparing, TimeProvider time, ResumePoint? from, CancellationToken cancellationToken)
    {
        try
        {
            return experiment.Train(Options(experiment), observers, time, from, cancellationToken);
        }
        catch (WorkFailedException) when (comparing.Result is { Status: TrainStatus.Failed })
        {
            return comparing.Result;
        }
    }

    /// <summary>Trains as one of the ranks that compare nothing.</summary>
    public static void Follow(RecordedRun run, Experiment experiment, TimeProvider time, CancellationToken cancellationToken)
    {
        using ResumePoint? from = Origin(run);
        experiment.Train(Options(experiment), [], time, from, cancellationToken);
    }

    // A run that its time limit ended is trained to the recorded step, not by the clock.
    private static TrainOptions Options(Experiment experiment) => experiment.Config.ToTrainOptions() with { MaxMinutes = null };

    private static ResumePoint? Origin(RecordedRun run) => run.Origin?.Point(needsBest: run.Config.EarlyStopping is { RestoreBest: true });

    /// <summary>Returns the parts of the folder that are not compared.</summary>
    private static IEnumerable<string> NotComparedAtAll =>
    [
        "in run.json: reason, stopped_by, metric_modes, started, ended, seconds, allocator, versions, git, resumed, working_directory",
        "in metrics.jsonl: seconds, samples_per_second, epoch_seconds",
        $"in config.yaml: name, runs, record_code, report, observers, {string.Join(", ", RunResumption.Changeable)}",
        "in model.safetensors and raw.safetensors: format, regimen.format_version, regimen.weights",
        "report.html, train.log, TensorBoard's files, files of observers, code.patch",
    ];

    private static string[] NotCompared(RecordedRun run, bool toTheEnd, ComparingObserver comparing)
    {
        int rows = run.Passes.Count - comparing.Rows.Count;
        int checkpoints = run.Checkpoints.Count - comparing.Checkpoints.Count;
        return
        [
            .. NotComparedAtAll,
            .. run.Origin is { Record: var fork } ? [$"steps 1 to {fork.Step}, of {fork.Run}: they are compared with the copy in fork/, and not trained again"] : Array.Empty<string>(),
            .. toTheEnd ? [] : (string[])["the end in run.json: status, error, epochs, steps, best_epoch, best_step, test"],
            .. toTheEnd || rows == 0 ? [] : (string[])[$"{rows} row(s) of metrics.jsonl after the last compared step"],
            .. checkpoints == 0 ? [] : (string[])[$"{checkpoints} checkpoint(s) after the last compared step"],
        ];
    }

    private static (string? Expected, string? Received) Digests(RecordedRun run, Experiment experiment, ComparingObserver comparing, bool toTheEnd, long last)
    {
        if (toTheEnd)
        {
            return (run.Manifest.WeightsDigest, Weights.Digest(experiment.Model.state_dict()));
        }

        bool endedThere = run.Manifest.Status == RunStatus.Interrupted && run.Manifest.Steps == last;
        return endedThere ? (run.Manifest.WeightsDigest, comparing.DigestAtStop) : (null, null);
    }
}
