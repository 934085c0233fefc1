using Regimen.Data;
using Regimen.Evaluation;
using Regimen.Metrics;
using Regimen.Reports;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Findings;

/// <summary>Collects findings during an evaluation. To the evaluation it is a metric without values. Its memory does not grow with the number of
/// samples.</summary>
internal abstract class Collector : IMetric
{
    IReadOnlyList<MetricName> IMetric.Names => [];

    IReadOnlyDictionary<string, double> IMetric.Values => new Dictionary<string, double>();

    /// <summary>The error that ended the collection; null for none.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The number of samples so far: the index of the next one.</summary>
    protected int Samples { get; private set; }

    void IMetric.Add(Tensor predictions, Batch batch)
    {
        if (Failure is not null)
        {
            return;
        }

        try
        {
            using DisposeScope scope = NewDisposeScope();
            Collect(predictions, batch);
            Samples += batch.Count;
        }
        catch (Exception exception)
        {
            // The test of a run does not fail because of what is found beside it.
            Failure = exception;
        }
    }

    void IMetric.Merge(IMetric other) => throw new NotSupportedException("Findings are collected in one pass.");

    /// <summary>Adds the findings.</summary>
    /// <param name="to">Split, task, samples and classes.</param>
    /// <param name="result">The result of the evaluation.</param>
    /// <param name="describe">Reads samples by their indices in the split.</param>
    public abstract RunFindings Finish(RunFindings to, EvaluationResult result, Func<IReadOnlyList<int>, IReadOnlyList<FoundSample>> describe);

    /// <summary>Collects a batch; a dispose scope is open.</summary>
    protected abstract void Collect(Tensor predictions, Batch batch);

    protected static FoundScore Score(ClassScore score) => new(score.Class, score.Precision, score.Recall, score.F1, score.Support);
}
