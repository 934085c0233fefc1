using Regimen.Data;

namespace Regimen.Prediction;

/// <summary>The prediction of one sample. The properties that the model's task does not have are null or empty.</summary>
public sealed class PredictionResult
{
    private readonly double[] _probabilities;
    private IReadOnlyDictionary<string, double>? _byName;

    internal PredictionResult(float[] outputs, IReadOnlyList<string> classes, double[] probabilities)
    {
        Outputs = outputs;
        Classes = classes;
        _probabilities = probabilities;
    }

    /// <summary>The names of the classes or labels, in the order of their indices; empty for numbers.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The model's outputs as <c>evaluate</c> receives them: logits, or scaled values of a regression.</summary>
    public IReadOnlyList<float> Outputs { get; }

    /// <summary>The predicted class: the one with the highest output (the first among equals), or for a binary task the one that the objective's
    /// threshold decides. Null if an output is not a number, and for other tasks.</summary>
    public string? Class { get; internal init; }

    /// <summary>The probability of <see cref="Class"/>.</summary>
    public double? Probability { get; internal init; }

    /// <summary>The probability of each class, or of each label, by name in the order of the indices. Empty for numbers.</summary>
    public IReadOnlyDictionary<string, double> Probabilities => _byName ??= ByName();

    /// <summary>The labels whose probability is above the objective's threshold, for tasks with several labels.</summary>
    public IReadOnlyList<string> Labels { get; internal init; } = [];

    /// <summary>The predicted numbers of a regression, in the target's own units (<see cref="TargetScale"/>); the plain outputs of a task without
    /// classes.</summary>
    public IReadOnlyList<double> Values { get; internal init; } = [];

    /// <summary>The class of each pixel of a segmentation; null for other tasks.</summary>
    public PredictedMask? Mask { get; internal init; }

    /// <summary>Whether the task has several labels per sample.</summary>
    internal bool IsOfLabels { get; init; }

    /// <summary>The probabilities by class index.</summary>
    internal IReadOnlyList<double> ByIndex => _probabilities;

    /// <summary>Returns the classes with the highest probabilities, in descending order; classes of equal probability in the order of their
    /// indices.</summary>
    /// <param name="count">The number of classes; all of them if there are fewer.</param>
    public IReadOnlyList<ClassProbability> Top(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return [.. Classes.Zip(_probabilities, (name, probability) => new ClassProbability(name, probability)).OrderByDescending(c => c.Probability).Take(count)];
    }

    private OrderedDictionary<string, double> ByName()
    {
        var byName = new OrderedDictionary<string, double>(_probabilities.Length, StringComparer.Ordinal);
        for (int i = 0; i < _probabilities.Length; i++)
        {
            byName[Classes[i]] = _probabilities[i];
        }

        return byName;
    }
}

/// <summary>A class and its probability.</summary>
/// <param name="Class">The name of the class.</param>
/// <param name="Probability">From 0 to 1.</param>
public readonly record struct ClassProbability(string Class, double Probability);
