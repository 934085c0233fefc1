using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Metrics;
using Regimen.Reports;
using static TorchSharp.torch;

namespace Regimen.Findings;

/// <summary>Collects the mistakes of a multi-label classification.</summary>
/// <param name="labels">The names of the labels, in the order of their indices.</param>
/// <param name="threshold">The probability above which a label counts as predicted.</param>
internal sealed class LabelCollector(IReadOnlyList<string> labels, double threshold) : Collector
{
    private const int MostMistakes = 24;
    private const int MostLabels = 20;
    private readonly DecisionThreshold _threshold = new(threshold);
    private readonly WorstSamples<(float[] Logits, float[] Targets)> _mistakes = new(MostMistakes);
    private long _wrong;

    public override RunFindings Finish(RunFindings to, EvaluationResult result, Func<IReadOnlyList<int>, IReadOnlyList<FoundSample>> describe)
    {
        return to with
        {
            Labels = new LabelFindings
            {
                Wrong = _wrong,
                PerLabel = [.. result.PerClass.Select(Score)],
                Mistakes = _mistakes.Describe(describe, (sample, content, loss) => new LabelMistake(sample, Found(content, isThere: true), Found(content, isThere: false), loss)),
            },
        };
    }

    protected override void Collect(Tensor predictions, Batch batch)
    {
        ReadOnlySpan<float> logits = TensorMemory.Span<float>(MetricTensors.Floats(predictions));
        ReadOnlySpan<float> targets = TensorMemory.Span<float>(MetricTensors.Floats(batch.Target));
        for (int i = 0; i < batch.Count; i++)
        {
            ReadOnlySpan<float> row = logits.Slice(i * labels.Count, labels.Count);
            ReadOnlySpan<float> there = targets.Slice(i * labels.Count, labels.Count);
            double loss = 0;
            bool isWrong = false;
            for (int label = 0; label < labels.Count; label++)
            {
                double ofTrue = there[label] == 1 ? row[label] : -(double)row[label];
                loss += ofTrue > 0 ? Math.Log(1 + Math.Exp(-ofTrue)) : Math.Log(1 + Math.Exp(ofTrue)) - ofTrue;
                isWrong |= float.IsNaN(row[label]) || _threshold.IsExceededBy(row[label]) != (there[label] == 1);
            }

            if (isWrong)
            {
                _wrong++;
                if (_mistakes.Keeps(loss))
                {
                    _mistakes.Add(loss, Samples + i, (row.ToArray(), there.ToArray()));
                }
            }
        }
    }

    private FoundLabel[] Found((float[] Logits, float[] Targets) sample, bool isThere)
        => [.. labels.Select((name, i) => (name, i))
            .Where(l => sample.Targets[l.i] == 1 == isThere && _threshold.IsExceededBy(sample.Logits[l.i]) != isThere)
            .Select(l => new FoundLabel(l.name, 1 / (1 + Math.Exp(-(double)sample.Logits[l.i]))))
            .Take(MostLabels)];
}
