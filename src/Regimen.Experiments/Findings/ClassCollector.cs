using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Metrics;
using Regimen.Reports;
using static TorchSharp.torch;

namespace Regimen.Findings;

/// <summary>Collects calibration and mistakes of a classification, by logits of classes or by one logit of the positive class.</summary>
/// <param name="positive">The index of the positive class if there is one logit; null if there is one for each class.</param>
/// <param name="threshold">The probability above which a sample counts as positive.</param>
/// <param name="ignored">The target whose samples are left out; null for none.</param>
internal sealed class ClassCollector(int? positive, double threshold, long? ignored) : Collector
{
    private const int Bins = 15;
    private const int MostMistakes = 24;
    private readonly DecisionThreshold _threshold = new(threshold);
    private readonly double[] _confidence = new double[Bins];
    private readonly long[] _right = new long[Bins];
    private readonly long[] _count = new long[Bins];
    private readonly WorstSamples<Answer> _mistakes = new(MostMistakes);
    private double[] _logits = [];
    private long _wrong;
    private long _unpredicted;

    public override RunFindings Finish(RunFindings to, EvaluationResult result, Func<IReadOnlyList<int>, IReadOnlyList<FoundSample>> describe)
    {
        long predicted = _count.Sum();
        return to with
        {
            Classification = new ClassFindings
            {
                Wrong = _wrong,
                Unpredicted = _unpredicted,
                Confusion = Cells(result.Confusion!),
                PerClass = [.. result.PerClass.Select(Score)],
                CalibrationError = predicted == 0 ? double.NaN : _confidence.Zip(_right, (c, n) => Math.Abs(c - n)).Sum() / predicted,
                Calibration = [.. _count.Select((n, i) => n == 0 ? new CalibrationBin(0, 0, 0) : new CalibrationBin(n, _confidence[i] / n, (double)_right[i] / n))],
                Mistakes = _mistakes.Describe(describe, (sample, answer, _) => new Mistake(sample, answer.True, answer.Predicted, answer.Confidence, answer.OfTrue)),
            },
        };
    }

    protected override void Collect(Tensor predictions, Batch batch)
    {
        ReadOnlySpan<float> outputs = TensorMemory.Span<float>(MetricTensors.Floats(predictions));
        ReadOnlySpan<long> targets = TensorMemory.Span<long>(batch.Target.cpu().contiguous());
        int width = positive is null ? (int)predictions.size(1) : 1;
        for (int i = 0; i < targets.Length; i++)
        {
            if (targets[i] == ignored)
            {
                continue;
            }

            Answer answer = positive is null ? OfLogits(outputs.Slice(i * width, width), (int)targets[i]) : OfLogit(outputs[i], (int)targets[i]);
            Add(Samples + i, answer);
        }
    }

    private void Add(int index, Answer answer)
    {
        bool isRight = answer.Predicted == answer.True;
        if (answer.Predicted is null)
        {
            _unpredicted++;
        }
        else
        {
            int bin = Math.Clamp((int)Math.Ceiling(answer.Confidence * Bins) - 1, 0, Bins - 1);
            _count[bin]++;
            _confidence[bin] += answer.Confidence;
            _right[bin] += isRight ? 1 : 0;
        }

        if (!isRight)
        {
            _wrong++;
            _mistakes.Add(answer.Loss, index, answer);
        }
    }

    private Answer OfLogits(ReadOnlySpan<float> row, int target)
    {
        int highest = 0;
        for (int c = 0; c < row.Length; c++)
        {
            if (float.IsNaN(row[c]))
            {
                return new(target, null, double.NaN, double.NaN, double.NaN);
            }

            highest = row[c] > row[highest] ? c : highest;
        }

        // In double precision: the worst mistakes have probabilities below float32's smallest.
        double sum = 0;
        if (_logits.Length != row.Length)
        {
            _logits = new double[row.Length];
        }

        for (int c = 0; c < row.Length; c++)
        {
            _logits[c] = row[c] - (double)row[highest];
            sum += PortableFunctions.Exp(_logits[c]);
        }

        double loss = PortableFunctions.Log(sum) - _logits[target];
        return new(target, highest, 1 / sum, PortableFunctions.Exp(-loss), loss);
    }

    private Answer OfLogit(float logit, int target)
    {
        if (float.IsNaN(logit))
        {
            return new(target, null, double.NaN, double.NaN, double.NaN);
        }

        int predicted = _threshold.IsExceededBy(logit) ? positive!.Value : 1 - positive!.Value;
        double ofTrue = target == positive ? logit : -(double)logit;
        double loss = ofTrue > 0 ? PortableFunctions.Log(1 + PortableFunctions.Exp(-ofTrue)) : PortableFunctions.Log(1 + PortableFunctions.Exp(ofTrue)) - ofTrue;
        double probability = 1 / (1 + PortableFunctions.Exp(-ofTrue));
        return new(target, predicted, predicted == target ? probability : 1 / (1 + PortableFunctions.Exp(ofTrue)), probability, loss);
    }

    private static List<IReadOnlyList<long>> Cells(ConfusionMatrix confusion)
    {
        var cells = new List<IReadOnlyList<long>>();
        foreach (((int row, int column), long count) in confusion.Cells)
        {
            cells.Add([row, column, count]);
        }

        return cells;
    }

    private readonly record struct Answer(int True, int? Predicted, double Confidence, double OfTrue, double Loss);
}
