using Regimen.Data;
using Regimen.Engine;
using Regimen.Experiments;
using Regimen.Metrics;

namespace Regimen.Prediction;

/// <summary>Reads predictions from a model's outputs, as the metrics of its task do.</summary>
internal sealed class PredictionReader
{
    private readonly Bits _bits;
    private readonly PredictionTask _task;
    private readonly IReadOnlyList<string> _classes;
    private readonly TargetScale? _scale;
    private readonly DecisionThreshold _threshold;
    private readonly int _positive;
    private readonly SampleShape _input;

    public PredictionReader(OpenModel model)
    {
        _bits = model.Config.Trainer.Bits;
        using Arithmetic.OfThread arithmetic = Arithmetic.OnThread(_bits);
        _task = model.Objective.Task;
        _classes = model.Context.Classes;
        _input = model.Context.InputShape;
        _scale = model.TargetScale;
        _threshold = new DecisionThreshold(model.Objective.DecisionThreshold);
        _positive = model.Objective.PositiveIndex ?? 1;
    }

    /// <summary>Returns the prediction of one sample.</summary>
    /// <param name="outputs">The sample's outputs.</param>
    public PredictionResult Read(float[] outputs)
    {
        using Arithmetic.OfThread arithmetic = Arithmetic.OnThread(_bits);
        if (_task == PredictionTask.Classification && outputs.Length == _classes.Count)
        {
            return OfClasses(outputs);
        }

        if (_task == PredictionTask.Binary && outputs.Length == 1 && _classes.Count == 2)
        {
            return OfTwo(outputs);
        }

        if (_task == PredictionTask.Segmentation && _input.Rank == 3 && outputs.Length == _classes.Count * (_input.Elements / _input.Channels))
        {
            return OfPixels(outputs);
        }

        return _task == PredictionTask.MultiLabel && outputs.Length == _classes.Count
            ? OfLabels(outputs)
            : new PredictionResult(outputs, [], []) { Values = [.. outputs.Select((o, i) => _scale?.From(o, i) ?? o)] };
    }

    /// <summary>The softmax of logits, in double precision.</summary>
    private PredictionResult OfClasses(float[] logits)
    {
        double[] probabilities = new double[logits.Length];
        int best = 0;
        bool isNumber = true;
        for (int i = 0; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
            isNumber &= !float.IsNaN(logits[i]);
        }

        double sum = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            // Infinity minus infinity is not a number: a class with an infinite logit has all of the probability.
            probabilities[i] = logits[i] == logits[best] ? 1 : Math.Exp((double)logits[i] - logits[best]);
            sum += probabilities[i];
        }

        for (int i = 0; i < logits.Length; i++)
        {
            probabilities[i] = isNumber ? probabilities[i] / sum : double.NaN;
        }

        return new PredictionResult(logits, _classes, probabilities) { Class = isNumber ? _classes[best] : null, Probability = isNumber ? probabilities[best] : null };
    }

    private PredictionResult OfPixels(float[] logits)
    {
        int[] classes = new int[_input.Elements / _input.Channels];
        PixelClasses.Highest(logits, classes);
        byte[] pixels = Array.ConvertAll(classes, c => c == PixelClasses.None ? MaskTarget.Ignored : (byte)c);
        return new PredictionResult(logits, _classes, []) { Mask = new PredictedMask(_input.Dimensions[1], _input.Dimensions[2], pixels) };
    }

    private PredictionResult OfTwo(float[] logit)
    {
        double positive = Sigmoid(logit[0]);
        double[] probabilities = _positive == 1 ? [1 - positive, positive] : [positive, 1 - positive];
        int predicted = _threshold.IsExceededBy(logit[0]) ? _positive : 1 - _positive;
        bool isNumber = !float.IsNaN(logit[0]);
        return new PredictionResult(logit, _classes, probabilities)
        {
            Class = isNumber ? _classes[predicted] : null,
            Probability = isNumber ? probabilities[predicted] : null,
        };
    }

    private PredictionResult OfLabels(float[] logits)
        => new(logits, _classes, [.. logits.Select(l => Sigmoid(l))]) { IsOfLabels = true, Labels = [.. _classes.Where((_, i) => _threshold.IsExceededBy(logits[i]))] };

    private static double Sigmoid(double logit) => 1 / (1 + Math.Exp(-logit));
}
