using System.Numerics;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Evaluation;

/// <summary>Evaluates a model on data, or collects its outputs, without training it.</summary>
public static class Evaluator
{
    /// <summary>Evaluates a model on a data set, in batches of <see cref="LoaderOptions.EvalBatchSize"/>.</summary>
    /// <param name="model">The model, on the CPU.</param>
    /// <param name="objective">The objective, which computes the loss and the predictions.</param>
    /// <param name="data">The data set.</param>
    /// <param name="metrics">Metrics to measure in addition to the task's own; null for none.</param>
    /// <param name="cancellationToken">Ends the pass between two batches.</param>
    /// <exception cref="RequestException">There is no sample, or predictions or targets do not fit the data.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static EvaluationResult Evaluate(
        nn.Module model, Objective objective, IDataset data, IReadOnlyList<Metric>? metrics = null, CancellationToken cancellationToken = default)
    {
        using DataLoader loader = DataLoader.ForEvaluation(data);
        return Evaluate(model, objective, loader, metrics, cancellationToken);
    }

    /// <summary>Evaluates a model on the batches of a loader, in the order of its data set. If the targets are scaled
    /// (<see cref="TargetScale"/>), the metrics of a regression are in the targets' original units; the loss is that of the scaled targets.</summary>
    /// <param name="model">The model, on the loader's device.</param>
    /// <param name="objective">The objective, which computes the loss and the predictions.</param>
    /// <param name="loader">The loader of the batches.</param>
    /// <param name="metrics">Metrics to measure in addition to the task's own; null for none.</param>
    /// <param name="cancellationToken">Ends the pass between two batches.</param>
    /// <exception cref="RequestException">There is no sample, or predictions or targets do not fit the data.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static EvaluationResult Evaluate(
        nn.Module model, Objective objective, DataLoader loader, IReadOnlyList<Metric>? metrics = null, CancellationToken cancellationToken = default)
        => Evaluate(model, objective, loader.InOrder(cancellationToken), loader.Dataset.Classes, TargetScale.Of(loader.Dataset), metrics ?? [], from: null, cancellationToken);

    /// <summary>Evaluates a model on the batches of a loader, some of whose results come from elsewhere.</summary>
    /// <inheritdoc cref="Evaluate(nn.Module, Objective, DataLoader, IReadOnlyList{Metric}, CancellationToken)"/>
    /// <param name="model">The model, on the loader's device.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="loader">The loader of the batches.</param>
    /// <param name="metrics">Metrics to measure in addition to the task's own.</param>
    /// <param name="result">Is given a function that computes the next batch's result, and returns that result.</param>
    /// <param name="cancellationToken">Ends the pass between two batches.</param>
    internal static EvaluationResult Evaluate(
        nn.Module model, Objective objective, DataLoader loader, IReadOnlyList<Metric> metrics, Func<Func<ObjectiveResult>, ObjectiveResult> result, CancellationToken cancellationToken)
        => Evaluate(model, objective, loader.InOrder(cancellationToken), loader.Dataset.Classes, TargetScale.Of(loader.Dataset), metrics, result, cancellationToken);

    /// <summary>Evaluates a model on batches that the caller creates.</summary>
    /// <param name="model">The model, on the batches' device.</param>
    /// <param name="objective">The objective, which computes the loss and the predictions.</param>
    /// <param name="batches">The batches. Each is read once; the caller disposes them.</param>
    /// <param name="classes">The names of the classes or labels in the order of their indices; empty if the target is numeric.</param>
    /// <param name="metrics">Metrics to measure in addition to the task's own.</param>
    /// <param name="cancellationToken">Ends the pass between two batches.</param>
    /// <exception cref="RequestException">There is no sample, or predictions or targets do not fit the classes.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static EvaluationResult Evaluate(
        nn.Module model,
        Objective objective,
        IEnumerable<Batch> batches,
        IReadOnlyList<string> classes,
        IReadOnlyList<Metric> metrics,
        CancellationToken cancellationToken = default)
        => Evaluate(model, objective, batches, classes, scale: null, metrics, from: null, cancellationToken);

    /// <inheritdoc cref="Evaluate(nn.Module, Objective, IEnumerable{Batch}, IReadOnlyList{string}, IReadOnlyList{Metric}, CancellationToken)"/>
    public static EvaluationResult Evaluate(
        nn.Module model, Objective objective, IEnumerable<Batch> batches, IReadOnlyList<string> classes, CancellationToken cancellationToken = default)
        => Evaluate(model, objective, batches, classes, scale: null, [], from: null, cancellationToken);

    /// <summary>Returns the outputs of a model for each sample of a data set, in its order.</summary>
    /// <inheritdoc cref="Predict(nn.Module, DataLoader, Objective?, CancellationToken)"/>
    /// <param name="model">The model, on the CPU.</param>
    /// <param name="data">The data set.</param>
    /// <param name="objective">The objective, which computes the predictions; null for the model's plain output.</param>
    /// <param name="cancellationToken">Ends the pass between two batches.</param>
    public static Tensor Predict(nn.Module model, IDataset data, Objective? objective = null, CancellationToken cancellationToken = default)
    {
        using DataLoader loader = DataLoader.ForEvaluation(data);
        return Predict(model, loader, objective, cancellationToken);
    }

    /// <summary>Returns the outputs of a model for each sample of a loader's data set, in its order. Runs in evaluation mode without gradients, and
    /// restores the mode of every module afterwards.</summary>
    /// <param name="model">The model, on the loader's device.</param>
    /// <param name="loader">The loader of the batches.</param>
    /// <param name="objective">The objective, which computes the predictions; null for the model's plain output.</param>
    /// <param name="cancellationToken">Ends the pass between two batches.</param>
    /// <returns>A tensor <c>[samples, …]</c> on the CPU: logits if the model returns logits. The caller disposes it.</returns>
    /// <exception cref="RequestException">There is no sample.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static Tensor Predict(nn.Module model, DataLoader loader, Objective? objective = null, CancellationToken cancellationToken = default)
    {
        objective = objective?.For(loader.Dataset.Classes);
        var outputs = new List<Tensor>();
        using (new EvaluationMode(model))
        using (no_grad())
        using (DisposeScope scope = NewDisposeScope())
        {
            foreach (Batch batch in loader.InOrder(cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using DisposeScope inner = NewDisposeScope();
                Tensor output = objective is null ? Objectives.Forward(model, batch) : objective.Predict(model, batch);
                outputs.Add(output.detach().cpu().clone().MoveToOuterDisposeScope());
            }

            return outputs.Count == 0 ? throw NoSample() : cat(outputs).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Returns the names of the values measured in addition to the loss.</summary>
    /// <param name="objective">The objective, whose task has its own metrics. These come first.</param>
    /// <param name="data">The data set.</param>
    /// <param name="metrics">The additional metrics.</param>
    internal static IReadOnlyList<MetricName> Names(Objective objective, IDataset data, IReadOnlyList<Metric> metrics)
        => MetricSet.Create(objective.For(data.Classes), metrics, data.Classes, TargetScale.Of(data)).Names;

    /// <summary>Returns the reason why a metric is undefined on these targets for any predictions; null if it is defined. Reads batches until
    /// that is known.</summary>
    /// <param name="objective">The objective, whose task has the metric.</param>
    /// <param name="metric">A metric of the task.</param>
    /// <param name="batches">The targets; the model is not run.</param>
    /// <param name="classes">The names of the classes or labels.</param>
    internal static string? WhyUndefined(Objective objective, MetricName metric, IEnumerable<Batch> batches, IReadOnlyList<string> classes)
    {
        if (MetricSet.Create(objective.For(classes), [], classes, scale: null).Task is not { } metrics || metrics.Names.All(n => n.Name != metric.Name))
        {
            return null;
        }

        int read = 0;
        foreach (Batch batch in batches)
        {
            using DisposeScope scope = NewDisposeScope();
            metrics.Add(zeros_like(batch.Target, ScalarType.Float32), batch.Target);

            // Computing the metric costs a pass over all targets so far.
            if (BitOperations.IsPow2(++read) && !metrics.Undefined.ContainsKey(metric.Name))
            {
                return null;
            }
        }

        return metrics.Undefined.GetValueOrDefault(metric.Name);
    }

    private static EvaluationResult Evaluate(
        nn.Module model,
        Objective objective,
        IEnumerable<Batch> batches,
        IReadOnlyList<string> classes,
        TargetScale? scale,
        IReadOnlyList<Metric> others,
        Func<Func<ObjectiveResult>, ObjectiveResult>? from,
        CancellationToken cancellationToken)
    {
        objective = objective.For(classes);
        var metrics = MetricSet.Create(objective, others, classes, scale);
        var parts = new LossParts(objective.Parts);
        (double lossTimesWeight, double weight, long samples) = (0, 0, 0);
        using (new EvaluationMode(model))
        using (no_grad())
        {
            foreach (Batch batch in batches)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using DisposeScope scope = NewDisposeScope();

                ObjectiveResult result = from is null ? Compute(model, objective, batch, metrics) : from(() => Compute(model, objective, batch, metrics));
                double own = objective.WeightOf(batch) ?? batch.Count;
                lossTimesWeight += result.Loss.ToDouble() * own;
                weight += own;
                samples += batch.Count;
                parts.Add(result, own);
                metrics.Add(result.Predictions, batch);
            }
        }

        return samples == 0 ? throw NoSample() : new EvaluationResult
        {
            Samples = samples,
            PositiveClass = metrics.Task is BinaryMetrics ? classes[objective.PositiveIndex ?? 1] : null,
            Loss = lossTimesWeight / weight,
            Metrics = parts.Names.Count == 0 ? metrics.Values : With(parts.Names.Zip(parts.DividedBy(weight)), metrics.Values),
            Confusion = metrics.Task?.Confusion,
            PerClass = metrics.Task?.PerClass ?? [],
            PerOutput = metrics.Task?.PerOutput ?? [],
            Undefined = metrics.Undefined,
        };
    }

    private static OrderedDictionary<string, double> With(IEnumerable<(string Name, double Value)> parts, IReadOnlyDictionary<string, double> metrics)
        => new(parts.Select(p => KeyValuePair.Create(p.Name, p.Value)).Concat(metrics));

    /// <summary>Computes the loss and the predictions of a batch, after a check of its targets.</summary>
    internal static ObjectiveResult Compute(nn.Module model, Objective objective, Batch batch, MetricSet metrics)
    {
        try
        {
            metrics.Check(batch);
            return objective.Compute(model, batch);
        }
        catch (Exception exception) when (LabelFailure.Of(batch, exception) is { } failure)
        {
            throw failure;
        }
    }

    private static RequestException NoSample() => new(new Problem("The data to evaluate on is empty") { Expected = "at least one sample", Received = "none" });
}
