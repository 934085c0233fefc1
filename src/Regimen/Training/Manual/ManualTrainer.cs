using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>Trains a model with steps of the user's own: several optimizers over parts of the model, several updates in a step, gradients of
/// gradients. Batches, seeds, schedule, validation, early stopping, the record and its checkpoints are those of <see cref="Trainer"/>.</summary>
/// <remarks>Observers receive the same events, except <see cref="TrainEvent.GradientsComputed"/>. <see cref="TrainOptions.Accumulate"/> is the number of batches in a
/// step, <see cref="TrainOptions.ClipNorm"/> applies to each update of a part, and the schedule's factor to the learning rate of each
/// part. <see cref="TrainOptions.Freeze"/> and a precision other than fp32 are refused.</remarks>
/// <param name="options">The options of the training loop.</param>
/// <param name="observers">The observers, in the order in which they receive events; null for none.</param>
/// <param name="time">The time provider; null for the system's.</param>
public sealed class ManualTrainer(TrainOptions options, IReadOnlyList<ITrainObserver>? observers = null, TimeProvider? time = null)
{
    /// <inheritdoc cref="Trainer.CreateModel"/>
    public TModel CreateModel<TModel>(Func<TModel> create)
        where TModel : nn.Module => new Trainer(options).CreateModel(create);

    /// <summary>Trains until the last epoch ends, early stopping or an observer ends the training, or it is cancelled between two steps.</summary>
    /// <param name="model">The model, trained in place.</param>
    /// <param name="optimizers">The optimizer of each trained part, by the name of the sub-module in the model (<c>generator</c>); one with
    /// an empty name for the whole model. Every trainable parameter belongs to exactly one part.</param>
    /// <param name="step">Takes one step: reads its batches, computes losses and gradients, updates parts. Returns the loss to record, a
    /// single value.</param>
    /// <param name="train">The training batches.</param>
    /// <param name="objective">Measures the model on the validation set; null for no validation.</param>
    /// <param name="validation">The validation batches, which determine early stopping and the best weights; null for none.</param>
    /// <param name="from">The point to resume from, of a training with the same options and the same step; null to begin.</param>
    /// <param name="values">The names of the values that each step reports beside its loss (<see cref="ManualStep.Report"/>); null for none. Their
    /// means over an epoch, weighted by samples, are metrics of the training pass.</param>
    /// <param name="cancellationToken">Ends the training after the current step.</param>
    /// <exception cref="RequestException">The arguments are invalid or do not fit together; no step was taken.</exception>
    /// <exception cref="WorkFailedException">A loss, a gradient's norm or a weight was not finite, or the model or the data changed in an
    /// unsupported way.</exception>
    public TrainResult Fit(
        nn.Module model,
        IReadOnlyDictionary<string, OptimizerOptions> optimizers,
        Func<ManualStep, Tensor> step,
        DataLoader train,
        Objective? objective = null,
        DataLoader? validation = null,
        ResumePoint? from = null,
        IReadOnlyList<string>? values = null,
        CancellationToken cancellationToken = default)
    {
        using TorchRandom.Claimed generator = TorchRandom.Claim(model);
        using IDisposable arithmetic = Arithmetic.Borrow(options.Bits);
        IReadOnlyDictionary<string, nn.Module> modules = Check(model, optimizers, train, objective, validation, values ?? []);
        Objective measured = (objective ?? new ManualObjective()).For(train.Dataset);
        var plan = TrainPlan.For(options, train);
        var parts = new Dictionary<string, TrainedPart>();
        try
        {
            foreach ((string name, nn.Module module) in modules)
            {
                parts.Add(name, new TrainedPart(name, new FlatParameters(module), optimizers[name], options.ClipNorm));
            }

            using var batchNorms = new BatchNormGuard(model);
            var setup = new TrainSetup(model, options, measured, optimizers.First().Value, train, validation) { Parts = optimizers, StepValues = values ?? [] };
            var state = new TrainingState(model, [.. parts.Select(p => (p.Key, p.Value.Optimizer))]);
            var group = new ObserverGroup(observers ?? []);
            using var run = new TrainingRun(setup, plan, state, group, Evaluator.Names(measured, train.Dataset, options.Metrics), time ?? TimeProvider.System);
            run.Start(from);
            return Train(model, parts, step, run, plan, train, validation, measured, group, cancellationToken);
        }
        finally
        {
            foreach (TrainedPart part in parts.Values)
            {
                part.Dispose();
            }
        }
    }

    /// <summary>Trains a model as a whole, with one optimizer: <c>step.Model.Update()</c>.</summary>
    /// <inheritdoc cref="Fit(nn.Module, IReadOnlyDictionary{string, OptimizerOptions}, Func{ManualStep, Tensor}, DataLoader, Objective?, DataLoader?, ResumePoint?, IReadOnlyList{string}?, CancellationToken)"/>
    /// <param name="model">The model, trained in place.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="step">Takes one step, and returns the loss to record.</param>
    /// <param name="train">The training batches.</param>
    /// <param name="objective">Measures the model on the validation set; null for no validation.</param>
    /// <param name="validation">The validation batches; null for none.</param>
    /// <param name="from">The point to resume from; null to begin.</param>
    /// <param name="values">The names of the values that each step reports; null for none.</param>
    /// <param name="cancellationToken">Ends the training after the current step.</param>
    public TrainResult Fit(
        nn.Module model,
        OptimizerOptions optimizer,
        Func<ManualStep, Tensor> step,
        DataLoader train,
        Objective? objective = null,
        DataLoader? validation = null,
        ResumePoint? from = null,
        IReadOnlyList<string>? values = null,
        CancellationToken cancellationToken = default)
        => Fit(model, new Dictionary<string, OptimizerOptions> { [string.Empty] = optimizer }, step, train, objective, validation, from, values, cancellationToken);

    private TrainResult Train(
        nn.Module model,
        Dictionary<string, TrainedPart> parts,
        Func<ManualStep, Tensor> step,
        TrainingRun run,
        TrainPlan plan,
        DataLoader train,
        DataLoader? validation,
        Objective objective,
        ObserverGroup group,
        CancellationToken cancellationToken)
    {
        var mode = new TrainingMode(model);
        try
        {
            for (int epoch = run.FirstEpoch; run.HasWork(epoch); epoch++)
            {
                long taken = run.BeginEpoch(epoch);
                if (taken > 0 && run.ValidationIsDue && !run.IsValidated)
                {
                    // The run was interrupted between the step and its validation.
                    Validate();
                }

                foreach (TrainedPart part in parts.Values)
                {
                    part.Parameters.ThrowIfReplaced();
                }

                mode.Keep();

                // A step that has updated a part can't be interrupted: cancellation is read between steps only.
                using IEnumerator<Batch> batches = train.Epoch(options.Seed, epoch, plan.FirstBatchAfter(taken), CancellationToken.None).GetEnumerator();
                foreach ((int firstBatch, int count) in plan.StepsOfAnEpoch(taken))
                {
                    if (run.IsOver)
                    {
                        break;
                    }

                    var now = new Progress(epoch, run.State.At.Step + 1);
                    foreach (TrainedPart part in parts.Values)
                    {
                        (part.At, part.Lr) = (now, run.NextLr(part.BaseLr));
                    }

                    TorchRandom.SeedStep(options.Seed, epoch, now.Step);
                    var taking = new ManualStep(now, parts, batches, count, run.StepValues);
                    float loss = Take(step, taking);
                    FiniteGuard.Loss(loss, now);
                    run.StepTaken(loss, weight: null, taking.Reported, parts.Values.First().Lr, train.SamplesIn(firstBatch, count), gradientNorm: null);
                    cancellationToken.ThrowIfCancellationRequested();
                    if (run.ValidationIsDue)
                    {
                        Validate();
                        mode.Keep();
                    }
                }

                train.ThrowIfChanged();
                if (!run.IsValidated)
                {
                    Validate();
                }

                run.EndEpoch(cancellationToken);
            }

            return run.End();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return run.End(TrainStatus.Interrupted, "a stop was requested");
        }
        catch (Exception exception)
        {
            group.Fail(run.State, exception);
            throw;
        }

        void Validate()
        {
            if (validation is not null)
            {
                run.Validated(() => Evaluator.Evaluate(model, objective, validation, options.Metrics, cancellationToken), cancellationToken);
            }
        }
    }

    /// <summary>Takes one step, and disposes what it created.</summary>
    private static float Take(Func<ManualStep, Tensor> step, ManualStep now)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = step(now);
        now.SkipRest();
        return loss.numel() == 1 ? loss.ToSingle() : throw new WorkFailedException(new Problem("A step must return a single loss")
        {
            Where = $"{now.At}",
            Expected = "a tensor of one value",
            Received = $"a tensor of shape [{string.Join(", ", loss.shape)}]",
            Hint = "Return its mean.",
        });
    }

    private IReadOnlyDictionary<string, nn.Module> Check(
        nn.Module model, IReadOnlyDictionary<string, OptimizerOptions> optimizers, DataLoader train, Objective? objective, DataLoader? validation, IReadOnlyList<string> values)
    {
        OptionsCheck.ThrowUnlessValid([options, .. optimizers.Values]);
        Objective measured = objective ?? new ManualObjective();
        Problem[] problems =
        [
            .. StreamCheck.Of(options, train),
            .. ManualCheck.Options(options, objective, validation, values),
            .. optimizers.Values.SelectMany(o => o.Check()),
            .. options.Schedule.Check(),
            .. MonitorCheck.Check(options, measured, train, validation, values),
            .. BatchNormGuard.Check(model, options, train),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        IReadOnlyDictionary<string, nn.Module> modules = ManualCheck.Parts(model, optimizers);
        Problem[] rules = [.. modules.SelectMany(m => ParameterRules.Check(optimizers[m.Key], m.Value))];
        if (rules.Length > 0)
        {
            throw new RequestException(rules);
        }

        foreach (nn.Module module in modules.Values)
        {
            FlatParameters.Check(module);
        }

        return modules;
    }

    /// <summary>The objective of a training without validation: the step has its own losses.</summary>
    private sealed record ManualObjective : Objective
    {
        public override PredictionTask Task => PredictionTask.Other;

        public override ObjectiveResult Compute(nn.Module model, Batch batch)
            => throw new InvalidOperationException("A step of the user's own computes its losses itself.");
    }
}
