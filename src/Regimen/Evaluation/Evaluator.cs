using System.Numerics;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Metrics;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Evaluation;

/// <summary>Measures a model on batches, without training it.</summary>
public static class Evaluator
{
    /// <summary>The names of what is measured beside the loss.</summary>
    /// <param name="objective">Its task says what there is to measure.</param>
    /// <param name="classes">The data's classes or labels; without any only the loss is measured, unless the task is a regression.</param>
    public static IReadOnlyList<string> MetricNames(Objective objective, IReadOnlyList<string> classes) => objective.Task switch
    {
        PredictionTask.Regression => RegressionMetrics.Names,
        _ when classes.Count == 0 => [],
        PredictionTask.Classification => ClassificationMetrics.Names(classes.Count),
        PredictionTask.Binary => BinaryMetrics.Names,
        PredictionTask.MultiLabel => MultiLabelMetrics.Names,
        _ => [],
    };

    /// <summary>Measures on batches of a data set: its classes give the metrics, and where its targets are scaled
    /// (<see cref="TargetScale"/>) the metrics of a regression are in the targets' own units. The loss is of the scaled targets.</summary>
    /// <param name="model">What to measure; it is on the batches' device.</param>
    /// <param name="objective">Gives the loss and the predictions.</param>
    /// <param name="batches">What to measure on; each is read once and is not disposed.</param>
    /// <param name="data">Where they come from, or a data set with the same fields and classes.</param>
    /// <param name="cancellationToken">Ends the pass between two batches.</param>
    /// <exception cref="RequestException">There is no sample, or predictions or targets do not fit the data.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static EvaluationResult Evaluate(
        nn.Module model, Objective objective, IEnumerable<Batch> batches, IDataset data, CancellationToken cancellationToken = default)
        => Evaluate(model, objective, batches, data.Classes, TargetScale.Of(data), cancellationToken);

    /// <summary>One pass in evaluation mode and without gradients; every module has its own mode back afterwards.</summary>
    /// <param name="model">What to measure; it is on the batches' device.</param>
    /// <param name="objective">Gives the loss and the predictions.</param>
    /// <param name="batches">What to measure on; each is read once and is not disposed.</param>
    /// <param name="classes">The classes' names in the order of their indices; or the labels' names; empty where the target is numbers.</param>
    /// <param name="cancellationToken">Ends the pass between two batches.</param>
    /// <exception cref="RequestException">There is no sample, or predictions or targets do not fit the classes.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static EvaluationResult Evaluate(
        nn.Module model,
        Objective objective,
        IEnumerable<Batch> batches,
        IReadOnlyList<string> classes,
        CancellationToken cancellationToken = default)
        => Evaluate(model, objective, batches, classes, scale: null, cancellationToken);

    private static EvaluationResult Evaluate(
        nn.Module model, Objective objective, IEnumerable<Batch> batches, IReadOnlyList<string> classes, TargetScale? scale, CancellationToken cancellationToken)
    {
        objective = objective.For(classes);
        ITaskMetrics? metrics = Metrics(objective, classes, scale);
        double lossTimesSamples = 0;
        long samples = 0;
        using (new EvaluationMode(model))
        using (no_grad())
        {
            foreach (Batch batch in batches)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using DisposeScope scope = NewDisposeScope();

                ObjectiveResult result = Compute(model, objective, batch, metrics);
                lossTimesSamples += result.Loss.ToDouble() * batch.Count;
                samples += batch.Count;
                metrics?.Add(result.Predictions, batch.Target);
            }
        }

        if (samples == 0)
        {
            throw new RequestException(new Problem("There is nothing to evaluate on") { Expected = "at least one sample", Received = "none" });
        }

        return new EvaluationResult
        {
            Samples = samples,
            PositiveClass = metrics is BinaryMetrics ? classes[objective.PositiveIndex ?? 1] : null,
            Loss = lossTimesSamples / samples,
            Metrics = metrics?.Values ?? new OrderedDictionary<string, double>(),
            Confusion = metrics?.Confusion,
            PerClass = metrics?.PerClass ?? [],
            PerOutput = metrics?.PerOutput ?? [],
            Undefined = metrics?.Undefined ?? new Dictionary<string, string>(),
        };
    }

    /// <summary>Why a metric is not defined on these targets, whatever the predictions are; null where it is defined. Reads batches until
    /// that is known.</summary>
    /// <param name="objective">Its task says what there is to measure.</param>
    /// <param name="metric">One of its metrics.</param>
    /// <param name="batches">The targets; the model is not run.</param>
    /// <param name="classes">The classes' or labels' names.</param>
    internal static string? WhyUndefined(Objective objective, Metric metric, IEnumerable<Batch> batches, IReadOnlyList<string> classes)
    {
        ITaskMetrics metrics = Metrics(objective.For(classes), classes, scale: null) ?? throw new ArgumentException("Only the loss is measured of this task.", nameof(objective));
        int read = 0;
        foreach (Batch batch in batches)
        {
            using DisposeScope scope = NewDisposeScope();
            metrics.Add(zeros_like(batch.Target, ScalarType.Float32), batch.Target);

            // A look at the metric costs a pass over all that was read.
            if (BitOperations.IsPow2(++read) && !metrics.Undefined.ContainsKey(metric.Name))
            {
                return null;
            }
        }

        return metrics.Undefined.GetValueOrDefault(metric.Name);
    }

    private static ObjectiveResult Compute(nn.Module model, Objective objective, Batch batch, ITaskMetrics? metrics)
    {
        try
        {
            // The check says what is wrong with a label in words of its own, before the loss fails over it.
            metrics?.Check(batch.Target);
            return objective.Compute(model, batch);
        }
        catch (Exception exception) when (LabelFailure.Of(batch, exception) is { } failure)
        {
            throw failure;
        }
    }

    private static ITaskMetrics? Metrics(Objective objective, IReadOnlyList<string> classes, TargetScale? scale) => objective.Task switch
    {
        PredictionTask.Regression => new RegressionMetrics(scale),
        _ when classes.Count == 0 => null,
        PredictionTask.Classification => new ClassificationMetrics(classes),
        PredictionTask.Binary => new BinaryMetrics(classes, objective.DecisionThreshold, objective.PositiveIndex ?? 1),
        PredictionTask.MultiLabel => new MultiLabelMetrics(classes, objective.DecisionThreshold),
        _ => null,
    };
}
