using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.FineTuning;
using Regimen.Metrics;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Ranks;
using Regimen.Runs;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>Trains any module on any data. This file contains the whole training loop; recording and other concerns are separate.</summary>
/// <param name="options">The options of the training loop.</param>
/// <param name="observers">The observers, in the order in which they receive events; null for none.</param>
/// <param name="time">The time provider; null for the system's.</param>
public sealed class Trainer(TrainOptions options, IReadOnlyList<ITrainObserver>? observers = null, TimeProvider? time = null)
{
    /// <summary>The ranks of the job that train together, each on its share of every batch; null for this process alone. Every rank makes the same
    /// calls; only rank 0 needs observers. The loader's batches are those of the whole job.</summary>
    public RankGroup? Ranks { get; init; }

    /// <summary>Is told which kind of work the training turns to; null for none.</summary>
    internal ITrainProbe? Probe { get; init; }

    /// <summary>Whether the loss of a step is read during the next one; null where the device makes it pay.</summary>
    internal bool? ReadsLossLate { get; init; }

    /// <summary>Creates a model whose initial weights follow from <see cref="TrainOptions.Seed"/>, as in a run of the command.</summary>
    /// <param name="create">A function that calls the model's constructor.</param>
    /// <exception cref="RequestException">A training is running on another thread and uses the same random number generator.</exception>
    public TModel CreateModel<TModel>(Func<TModel> create)
        where TModel : nn.Module
    {
        TorchRandom.SeedInitialization(options.Seed);
        using IDisposable arithmetic = Arithmetic.Borrow(options.Bits);
        return create();
    }

    /// <summary>Trains on data sets.</summary>
    /// <inheritdoc cref="Fit(nn.Module, Objective, OptimizerOptions, DataLoader, DataLoader?, ResumePoint?, CancellationToken)"/>
    /// <param name="model">The model, trained in place.</param>
    /// <param name="objective">The loss to minimise.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="train">The training set.</param>
    /// <param name="validation">The validation set; null for none.</param>
    /// <param name="batchSize">Samples in a training batch; null for 64, or the size of the set if it is smaller.</param>
    /// <param name="from">The point that the training continues from; null to begin.</param>
    /// <param name="cancellationToken">Ends the training after the current step.</param>
    public TrainResult Fit(
        nn.Module model,
        Objective objective,
        OptimizerOptions optimizer,
        IDataset train,
        IDataset? validation = null,
        int? batchSize = null,
        ResumePoint? from = null,
        CancellationToken cancellationToken = default)
    {
        LoaderOptions loader = batchSize is { } size ? new LoaderOptions { BatchSize = size } : new LoaderOptions();
        using DataLoader trainLoader = DataLoader.ForTraining(train, loader);
        using DataLoader? validationLoader = validation is null ? null : DataLoader.ForEvaluation(validation);
        return Fit(model, objective, optimizer, trainLoader, validationLoader, from, cancellationToken);
    }

    /// <summary>Trains on the training set of a data set's splits, with its transforms, and validates on its validation set.</summary>
    /// <inheritdoc cref="Fit(nn.Module, Objective, OptimizerOptions, DataLoader, DataLoader?, ResumePoint?, CancellationToken)"/>
    /// <param name="model">The model, trained in place.</param>
    /// <param name="objective">The loss to minimise.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="data">The splits with their transforms. The test set is not used.</param>
    /// <param name="loader">The options of the loaders; null for the defaults.</param>
    /// <param name="from">The point that the training continues from; null to begin.</param>
    /// <param name="cancellationToken">Ends the training after the current step.</param>
    public TrainResult Fit(
        nn.Module model,
        Objective objective,
        OptimizerOptions optimizer,
        DataSplits data,
        LoaderOptions? loader = null,
        ResumePoint? from = null,
        CancellationToken cancellationToken = default)
    {
        using DataLoader trainLoader = DataLoader.ForTraining(data.Train, loader, data.TrainTransforms);
        using DataLoader? validationLoader = data.Validation is { Count: > 0 } validation ? DataLoader.ForEvaluation(validation, loader, data.EvalTransforms) : null;
        return Fit(model, objective, optimizer, trainLoader, validationLoader, from, cancellationToken);
    }

    /// <summary>Trains until the last epoch ends, early stopping or an observer ends the training, or it is cancelled.</summary>
    /// <param name="model">The model, trained in place. Its parameters are moved into one buffer (<see cref="FlatParameters"/>).</param>
    /// <param name="objective">The loss to minimise.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="train">The training batches: each sample once per epoch.</param>
    /// <param name="validation">The validation batches, which determine early stopping and the best weights; null for none.</param>
    /// <param name="from">The point to resume from, of a training with the same options; null to begin. The model's own weights are replaced
    /// by those of the point.</param>
    /// <param name="cancellationToken">Ends the training after the current step.</param>
    /// <exception cref="RequestException">The arguments are invalid or do not fit together; no step was taken.</exception>
    /// <exception cref="WorkFailedException">A loss, a gradient's norm or a weight was not finite, or the model or the data changed during the
    /// training in an unsupported way.</exception>
    public TrainResult Fit(
        nn.Module model,
        Objective objective,
        OptimizerOptions optimizer,
        DataLoader train,
        DataLoader? validation = null,
        ResumePoint? from = null,
        CancellationToken cancellationToken = default)
    {
        using TorchRandom.Claimed generator = TorchRandom.Claim(model);
        using IDisposable arithmetic = Arithmetic.Borrow(options.Bits);
        Check(model, objective, optimizer, train, validation);
        objective = objective.For(train.Dataset);
        TrainPlan plan = TrainPlan.For(options, train);
        var setup = new TrainSetup(model, options, objective, optimizer, train, validation);
        using RankedTraining? ranks = RankedTraining.Begin(Ranks, setup, cancellationToken);
        cancellationToken = ranks?.Stop ?? cancellationToken;
        using var freezing = new Freezing(model, options.Freeze);
        freezing.BeginTraining();
        using var parameters = new FlatParameters(model) { BackwardBegins = Probe is { } probe ? () => probe.Enter(TrainPhase.Backward) : null };
        using Optimizer update = optimizer.Build(parameters, name => freezing.EpochsBefore(name) * plan.StepsPerEpoch);
        using var clipping = new GradientClipping(options.ClipNorm);
        using var batchNorms = new BatchNormGuard(model);
        using StepBuffers? buffers = options.Accumulate > 1 || ranks is not null ? new StepBuffers(model) : null;
        using var loss = new StepLoss(model, objective, parameters, Probe, ranks);
        using AveragedWeights? average = options.Average is { } averaging ? new AveragedWeights(averaging, setup, plan, parameters) : null;
        IReadOnlyList<MetricName> metrics = Evaluator.Names(objective, train.Dataset, options.Metrics);
        var group = new ObserverGroup(observers ?? [], Probe);
        using var run = new TrainingRun(setup, plan, new TrainingState(model, update, average), group, metrics, time ?? TimeProvider.System, ranks);
        using var late = LateSteps.For(setup, run, loss, group, plan, ranks, ReadsLossLate);
        run.Start(from);
        var mode = new TrainingMode(model);
        using ThreadsByTime? pace = ThreadsByTime.Begin(setup, time ?? TimeProvider.System, ranks);
        run.Threads = () => pace?.Range;
        try
        {
            ranks?.ThrowUnlessAlike(parameters, plan, run, group);
            for (int epoch = run.FirstEpoch; run.HasWork(epoch); epoch++)
            {
                long taken = run.BeginEpoch(epoch);
                if (taken > 0 && run.ValidationIsDue && !run.IsValidated)
                {
                    // The run was interrupted between the step and its validation.
                    Validate(run, objective, validation, ranks, cancellationToken);
                }

                parameters.ThrowIfReplaced();
                mode.Keep();
                freezing.BeginEpoch(epoch);
                mode.Keep();
                using IEnumerator<Batch> batches = Probe.Watch(train.Epoch(options.Seed, epoch, plan.FirstBatchAfter(taken), ranks?.Broken ?? cancellationToken)).GetEnumerator();
                foreach ((int firstBatch, int count) in plan.StepsOfAnEpoch(taken))
                {
                    if (run.IsOver)
                    {
                        break;
                    }

                    long step = run.NextStep;
                    int samples = train.SamplesIn(firstBatch, count);
                    double lr = run.NextLr(optimizer.Lr);

                    pace?.BeginStep();
                    buffers?.Save();
                    TorchRandom.SeedStep(options.Seed, epoch, step, ranks?.Rank ?? 0);
                    loss.Begin(samples, count, measures: group.NeedsBatchNormsOf(step));
                    for (int i = 0; i < count && train.OwnSamplesIn(firstBatch + i) > 0 && batches.MoveNext(); i++)
                    {
                        using Autocast? autocast = options.Precision == Precision.Bf16 ? Autocast.Begin() : null;
                        loss.Add(batches.Current);
                    }

                    loss.End();
                    late?.Record(isAhead: true);
                    Probe?.Enter(TrainPhase.Optimizer);
                    FiniteGuard.Loss(loss.Value, new Progress(epoch, step));
                    bool isWatched = group.NeedsGradientsOf(step);
                    double? norm = clipping.Clip(parameters, new Progress(epoch, step), isWatched, late);
                    if (isWatched)
                    {
                        group.SendGradients(new TrainEvent.GradientsComputed(run.State, norm!.Value) { Batches = loss.Batches }, step);
                    }

                    update.Step(lr);
                    average?.Add(new Progress(epoch, step));
                    buffers?.Release();
                    pace?.EndStep();
                    Probe?.Enter(TrainPhase.Other);

                    if (late is null)
                    {
                        run.StepTaken(loss, lr, samples, norm);
                    }
                    else
                    {
                        late.Keep(new Progress(epoch, step), lr, samples, norm);
                    }

                    ThrowIfStopped(ranks, cancellationToken);
                    if (run.ValidationIsDue)
                    {
                        Validate(run, objective, validation, ranks, cancellationToken);
                        mode.Keep();
                    }
                }

                late?.Record();
                train.ThrowIfChanged();
                if (!run.IsValidated)
                {
                    Validate(run, objective, validation, ranks, cancellationToken);
                }

                run.EndEpoch(cancellationToken);
                ranks?.ThrowIfDiverged(parameters);
            }

            return run.End();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Cancellation may interrupt a waiting loader in the middle of a step of several batches.
            buffers?.RestoreIncomplete();
            late?.RecordAtStop();
            return run.End(TrainStatus.Interrupted, "a stop was requested");
        }
        catch (Exception exception) when (ranks?.FaultBehind(exception) is { } fault)
        {
            // The weights are those of the last step that this rank took, from which the run can be resumed.
            buffers?.RestoreIncomplete();
            return run.End(TrainStatus.Interrupted, fault.ToProblem().Message);
        }
        catch (Exception exception)
        {
            group.Fail(run.State, exception);
            throw;
        }
    }

    /// <summary>Checks that model, options and data fit together, without training or changing anything. <see cref="Fit(nn.Module, Objective, OptimizerOptions, DataLoader, DataLoader?, ResumePoint?, CancellationToken)"/>
    /// makes the same checks first.</summary>
    /// <exception cref="RequestException">One or more problems were found; the exception lists all of them.</exception>
    public void Check(nn.Module model, Objective objective, OptimizerOptions optimizer, DataLoader train, DataLoader? validation = null)
    {
        OptionsCheck.ThrowUnlessValid(options, optimizer, objective);
        Problem[] problems =
        [
            .. StreamCheck.Of(options, train),
            .. RanksCheck.Of(Ranks, model, options, train),
            .. PrecisionCheck.Of(options.Precision, model, train.Device),
            .. optimizer.Check(),
            .. options.Schedule.Check(),
            .. ObjectiveCheck.Check(objective, train.Dataset),
            .. MonitorCheck.Check(options, objective, train, validation),
            .. ParameterRules.Check(optimizer, model),
            .. Freezing.Check(model, options.Freeze),
            .. BatchNormGuard.Check(model, options, train),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        FlatParameters.Check(model);
    }

    private static void ThrowIfStopped(RankedTraining? ranks, CancellationToken cancellationToken)
    {
        if (ranks is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
        else
        {
            ranks.ThrowIfStopped();
        }
    }

    private void Validate(TrainingRun run, Objective objective, DataLoader? validation, RankedTraining? ranks, CancellationToken cancellationToken)
    {
        if (validation is not null)
        {
            Probe?.Enter(TrainPhase.Validation);
            run.Validated(
                () => ranks is null
                    ? Evaluator.Evaluate(run.State.Model, objective, validation, options.Metrics, cancellationToken)
                    : ranks.Evaluate(run.State.Model, objective, options.Metrics, cancellationToken),
                cancellationToken);
            Probe?.Enter(TrainPhase.Other);
        }
    }
}
