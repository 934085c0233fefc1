using System.Reflection;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Metrics;
using Regimen.Files;
using Regimen.Findings;
using Regimen.Recording;
using Regimen.Reports;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Training;

namespace Regimen.Experiments;

/// <summary>Trains experiments with a record in a run folder, from the beginning or resumed.</summary>
public static class RecordedTraining
{
    /// <summary>Trains, tests the final weights, and records the run in the folder.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="folder">The folder of the new run.</param>
    /// <param name="observers">The observers, in addition to the record.</param>
    /// <param name="environment">The machine and source code to record.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="programObservers">Creates observers of the program; as with those of the config, their failure does not end the run. Null for none.</param>
    /// <param name="cancellationToken">Ends the training after the current step, with a checkpoint.</param>
    /// <exception cref="RequestException">The config is invalid for the model or the data; no step was taken.</exception>
    /// <exception cref="WorkFailedException">The training failed; the failure is recorded.</exception>
    public static RunOutcome Run(
        this Experiment experiment,
        RunFolder folder,
        IReadOnlyList<ITrainObserver> observers,
        RunEnvironment environment,
        TimeProvider time,
        IReadOnlyList<Func<ObserverContext, ITrainObserver>>? programObservers = null,
        CancellationToken cancellationToken = default)
    {
        try
        {
            RunManifest manifest = Manifest(experiment, environment, time) with { Init = ExperimentInit.Record(experiment, folder) };
            var sinks = new RunSinks(experiment);
            using RunRecord recorder = Recorder(experiment, folder, manifest, sinks, time, from: null);
            if (environment.CodePatch is { } patch)
            {
                AtomicFile.WriteAllBytes(folder.CodePatchFile, patch);
            }

            return Train(experiment, folder, recorder, sinks, observers, programObservers ?? [], time, from: null, cancellationToken);
        }
        catch
        {
            folder.RemoveUnlessBegun();
            throw;
        }
    }

    /// <summary>Resumes a run, with the same result as an uninterrupted run.</summary>
    /// <param name="experiment">The experiment of the run's config.</param>
    /// <param name="folder">The run's folder, locked.</param>
    /// <param name="from">The state to resume from.</param>
    /// <param name="observers">The observers, in addition to the record.</param>
    /// <param name="environment">The machine and source code to record.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="programObservers">Creates observers of the program; as with those of the config, their failure does not end the run. Null for none.</param>
    /// <param name="cancellationToken">Ends the training after the current step, with a checkpoint.</param>
    /// <exception cref="RequestException">The run can't be resumed; nothing was changed.</exception>
    /// <exception cref="WorkFailedException">The work failed; the record says so.</exception>
    public static RunOutcome Resume(
        this Experiment experiment,
        RunFolder folder,
        RunResumption from,
        IReadOnlyList<ITrainObserver> observers,
        RunEnvironment environment,
        TimeProvider time,
        IReadOnlyList<Func<ObserverContext, ITrainObserver>>? programObservers = null,
        CancellationToken cancellationToken = default)
    {
        experiment.CheckData(from.Manifest);
        RunContinuation continuation = from.Continuation(environment, time.GetUtcNow());
        if (RankedExperiment.ChangedSize(from.Manifest, experiment.Ranks) is { } size)
        {
            continuation = continuation with { Resumed = continuation.Resumed! with { Ranks = size } };
        }

        // They are of weights that the run will no longer end with.
        foreach (string name in (string[])[RunFindings.FileName, RunReport.FileName])
        {
            string path = Path.Combine(folder.FullPath, name);
            OutputFile.Guard(path, () => File.Delete(path));
        }

        var sinks = new RunSinks(experiment);
        using RunRecord recorder = Recorder(experiment, folder, from.Manifest.Continued(continuation.Resumed!) with { Plan = experiment.Plan().ToRecord() }, sinks, time, continuation);
        return Train(experiment, folder, recorder, sinks, observers, programObservers ?? [], time, from.Checkpoint?.Point, cancellationToken);
    }

    internal static RunRecord Recorder(Experiment experiment, RunFolder folder, RunManifest manifest, RunSinks sinks, TimeProvider time, RunContinuation? from)
    {
        Task<IReadOnlyDictionary<string, string>> modelMetadata = Task.Run(() => ModelMetadata.Of(experiment));
        Task<string>? fingerprint = manifest.DataFingerprint is null ? experiment.Fingerprint : null;
        return new(folder, manifest, experiment.Config.ToYaml(), Describe(experiment), experiment.Config.Checkpoint, modelMetadata, time, from, fingerprint, sinks.Factories) { Probe = experiment.Probe };
    }

    internal static RunOutcome Train(
        Experiment experiment,
        RunFolder folder,
        RunRecord recorder,
        RunSinks sinks,
        IReadOnlyList<ITrainObserver> observers,
        IReadOnlyList<Func<ObserverContext, ITrainObserver>> programObservers,
        TimeProvider time,
        ResumePoint? from,
        CancellationToken cancellationToken)
    {
        // Recorded for weights that were trained to the end, even if their results fail the run.
        string? digest = null;
        List<GuardedObserver> guarded = [];
        try
        {
            using var unsaved = new UnsavedBuffers(experiment.Model);
            var context = new ObserverContext(folder.FullPath, from?.At ?? default, recorder.Warn, time);
            guarded.AddRange(experiment.Config.Observers
                .Select(o => GuardedObserver.Create(() => o.Create(context), recorder.Warn, o.GetType().GetCustomAttribute<ObserverAttribute>()?.Name))
                .Concat(programObservers.Select(create => GuardedObserver.Create(() => create(context), recorder.Warn)))
                .OfType<GuardedObserver>());
            TrainResult result = experiment.Train([.. unsaved.Any ? [unsaved] : Array.Empty<ITrainObserver>(), recorder, .. guarded, .. observers], time, from, cancellationToken);
            (Pass Pass, EvaluationResult Result)? test;
            FindingsPass? findings = experiment.FindingsOf(Pass.Test);
            try
            {
                test = experiment.Test(result, time, findings, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                result = result with { Status = TrainStatus.Interrupted, Reason = "a stop was requested during the test", Restored = false };
                return new RunOutcome(recorder.Interrupt(result), result, null);
            }

            digest = Weights.Digest(experiment.Model);
            RunFindings? found = null;
            if (test is { Pass: var pass })
            {
                recorder.RecordTest(pass);
                if (FiniteCheck.OfLoss(pass) is { } problem)
                {
                    throw new WorkFailedException(problem);
                }

                found = RecordFindings(() => (findings!.Finish(test.Value.Result), findings.Problem), folder, recorder, sinks, pass.At);
            }
            else if (result.Status != TrainStatus.Interrupted && experiment.SplitOfFindings is { } split)
            {
                // Without a test set, one more pass over the validation set shows what the final weights get wrong.
                found = RecordFindings(() => experiment.CollectFindings(split, cancellationToken), folder, recorder, sinks, result.Restored ? result.Best!.At : result.At);
            }

            sinks.End(result, test?.Pass);
            return WriteReport(experiment, folder, recorder, new RunOutcome(recorder.Complete(digest), result, test?.Result), found);
        }
        catch (Exception exception)
        {
            sinks.Fail(exception.Message);
            recorder.Fail(exception.Message, digest);
            throw;
        }
        finally
        {
            guarded.ForEach(observer => observer.Dispose());
        }
    }

    /// <summary>Writes what the test found. A failure is told in the log; the run's results do not depend on it.</summary>
    private static RunFindings? RecordFindings(Func<(RunFindings? Findings, string? Problem)> collect, RunFolder folder, RunRecord recorder, RunSinks sinks, Progress at)
    {
        string? problem;
        RunFindings? found = null;
        try
        {
            (found, problem) = collect();
            if (found is not null)
            {
                AtomicFile.WriteAllBytes(Path.Combine(folder.FullPath, RunFindings.FileName), found.ToBytes());
                sinks.Show(found, at);
            }
        }
        catch (Exception exception) when (exception is RegimenException or OperationCanceledException)
        {
            problem = exception.Message.Split('\n')[0];
        }

        if (problem is not null)
        {
            recorder.Warn($"{RunFindings.FileName} is not written: {problem}");
        }

        return found;
    }

    /// <summary>Writes the report of a run that has ended. A failure is told in the log and in the outcome; the run does not fail.</summary>
    private static RunOutcome WriteReport(Experiment experiment, RunFolder folder, RunRecord recorder, RunOutcome outcome, RunFindings? findings)
    {
        if (!experiment.Config.Report || outcome.Manifest.Status == RunStatus.Interrupted)
        {
            return outcome;
        }

        try
        {
            return outcome with { Report = ReportWriter.WriteRun(folder.FullPath, new ReportOptions { Defaults = ConfigDefaults.ChangedIn(experiment.Config), Findings = findings, WhyNoFindings = experiment.WhyNoFindings, Manifest = outcome.Manifest }) };
        }
        catch (Exception exception)
        {
            string problem = exception.Message.Split('\n')[0];
            recorder.Warn($"{RunReport.FileName} is not written: {problem}");
            return outcome with { ReportProblem = problem };
        }
    }

    internal static RunManifest Manifest(Experiment experiment, RunEnvironment environment, TimeProvider time) => new()
    {
        Status = RunStatus.Running,
        Started = time.GetUtcNow(),
        Seed = experiment.Config.SeedToUse,
        Ranks = experiment.Ranks?.Size,
        Threads = experiment.Threads,
        ThreadsSharedBy = experiment.ThreadsSharedBy.ToString().ToLowerInvariant(),
        Bits = experiment.Bits().Name,
        Allocator = NativeSettings.Allocator,
        Device = experiment.Device.ToString(),
        Model = experiment.Config.Model.Name,
        Data = experiment.Config.Data.Name,
        WorkingDirectory = Environment.CurrentDirectory,
        DataNotes = experiment.Data.Notes.Count > 0 ? experiment.Data.Notes : null,
        DataFingerprint = null,
        PositiveClass = experiment.PositiveClass,
        MetricModes = MetricModes(experiment),
        Parameters = experiment.Summary.Parameters,
        Plan = experiment.Plan().ToRecord(),
        Versions = environment.Versions,
        Git = environment.Git,
    };

    private static Dictionary<string, string>? MetricModes(Experiment experiment)
    {
        MetricName[] others = [.. Evaluator.Names(experiment.Objective, experiment.Data.Train, experiment.Config.Metrics).Where(n => MetricName.Find(n.Name) is null)];
        return others.Length == 0 ? null : others.ToDictionary(n => n.Name, n => n.Better == MonitorMode.Min ? "min" : "max");
    }

    private static string Describe(Experiment experiment)
    {
        string parts = string.Join(", ", experiment.Data.Parts.Select(p => $"{p.Name} {p.Data.Count}"));
        string positive = experiment.PositiveClass is { } name ? $"; the positive class is '{name}'" : string.Empty;
        return $"data {experiment.Config.Data.Name}: samples {DataReport.Describe(experiment.Data.Train.Fields.Where(f => !f.IsTarget))}, {experiment.Data.Train.Classes.Count} classes; {parts}{positive}\n"
            + (TargetScale.Of(experiment.Data.Train) is { } scale ? $"targets: {scale.Summary}; {scale.Describe().ToJsonString()}\n" : string.Empty)
            + (experiment.Objective.Measured(experiment.Data.Train.Classes) is { } measured ? $"objective: {measured}\n" : string.Empty)
            + string.Concat(experiment.Init?.Lines().Select(line => $"init: {line}\n") ?? [])
            + $"architecture\n{experiment.Summary.ToString().TrimEnd()}";
    }
}
