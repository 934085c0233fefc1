namespace Regimen.Evaluation;

/// <summary>How often each class was taken for each: counts by <c>[true class, predicted class]</c>, and the scores that follow.</summary>
/// <remarks>
/// The scores are scikit-learn's with its defaults. A score whose denominator is zero is 0 (<c>zero_division</c>). A macro average is
/// the plain mean over the classes that occur among targets or predictions (<c>labels=None</c>); a class that occurs in neither is
/// listed with zeros and counts in no average. A sample may be without a prediction (logits that are not numbers): it counts as
/// wrong, and in its class's support, but in no column.
/// </remarks>
public sealed class ConfusionMatrix
{
    private readonly long[] _counts;
    private readonly long[] _support;

    /// <summary>An empty matrix over these classes, in the order of their indices.</summary>
    public ConfusionMatrix(IReadOnlyList<string> classes)
    {
        ArgumentOutOfRangeException.ThrowIfZero(classes.Count, nameof(classes));
        Classes = classes;
        _counts = new long[checked(classes.Count * classes.Count)];
        _support = new long[classes.Count];
    }

    /// <summary>The classes' names in the order of their indices.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Samples of <paramref name="trueClass"/> that were taken for <paramref name="predictedClass"/>.</summary>
    public long this[int trueClass, int predictedClass] => _counts[Index(trueClass, predictedClass)];

    /// <summary>All samples, those without a prediction included.</summary>
    public long Samples => _support.Sum();

    /// <summary>Samples without a prediction.</summary>
    public long Unpredicted => _support.Sum() - _counts.Sum();

    /// <summary>The part of all samples that was recognised; 0 where there are none.</summary>
    public double Accuracy => Ratio(Enumerable.Range(0, Classes.Count).Sum(c => this[c, c]), Samples);

    /// <summary>The mean precision over the classes that occur.</summary>
    public double PrecisionMacro => Macro(score => score.Precision);

    /// <summary>The mean recall over the classes that occur.</summary>
    public double RecallMacro => Macro(score => score.Recall);

    /// <summary>The mean F1 over the classes that occur.</summary>
    public double F1Macro => Macro(score => score.F1);

    /// <summary>The scores of every class, in the order of their indices.</summary>
    public IReadOnlyList<ClassScore> PerClass => [.. Enumerable.Range(0, Classes.Count).Select(Score)];

    /// <summary>The counts row by row: one row a true class, one column a predicted class.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Rows => [.. _counts.Chunk(Classes.Count)];

    /// <summary>Counts one sample.</summary>
    /// <param name="trueClass">From 0 to one below the number of classes.</param>
    /// <param name="predictedClass">The same, or null where the model gave no answer.</param>
    public void Add(int trueClass, int? predictedClass)
    {
        if (predictedClass is { } predicted)
        {
            _counts[Index(trueClass, predicted)]++;
        }

        _support[trueClass]++;
    }

    private int Index(int trueClass, int predictedClass)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)trueClass, (uint)Classes.Count, nameof(trueClass));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)predictedClass, (uint)Classes.Count, nameof(predictedClass));
        return (trueClass * Classes.Count) + predictedClass;
    }

    private ClassScore Score(int index)
    {
        long found = this[index, index];
        long predicted = Predicted(index);
        return new ClassScore(
            Classes[index], Ratio(found, predicted), Ratio(found, _support[index]), Ratio(2 * found, predicted + _support[index]), _support[index]);
    }

    private double Macro(Func<ClassScore, double> score)
    {
        ClassScore[] occurring = [.. PerClass.Where((s, index) => s.Support > 0 || Predicted(index) > 0)];
        return occurring.Length == 0 ? 0 : occurring.Average(score);
    }

    private long Predicted(int column)
    {
        long sum = 0;
        for (int i = column; i < _counts.Length; i += Classes.Count)
        {
            sum += _counts[i];
        }

        return sum;
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
