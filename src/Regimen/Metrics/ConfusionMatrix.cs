namespace Regimen.Metrics;

/// <summary>A confusion matrix: counts by <c>[true class, predicted class]</c>, and the scores computed from them.</summary>
/// <remarks>
/// The scores are scikit-learn's with its defaults. A score whose denominator is zero is 0 (<c>zero_division</c>). A macro average is
/// the plain mean over the classes that occur among targets or predictions (<c>labels=None</c>). A class that occurs in neither is
/// listed with zeros and excluded from averages. A sample may have no prediction (NaN logits): it counts as wrong and in its class's
/// support, but in no column.
/// <para>Memory grows with the classes and with the pairs that occur, and a score takes time proportional to the number of classes. With
/// more than <see cref="LargestTable"/> classes the counts are stored sparsely, and the table is not available.</para>
/// </remarks>
public sealed class ConfusionMatrix
{
    /// <summary>The largest number of classes for which the table of all counts is available.</summary>
    public const int LargestTable = 1_000;

    private readonly long[]? _table;
    private readonly Dictionary<(int True, int Predicted), long>? _pairs;
    private readonly long[] _support;
    private readonly long[] _predicted;
    private readonly long[] _found;
    private long _samples;
    private long _unpredicted;

    /// <summary>Creates an empty matrix for classes in the order of their indices.</summary>
    public ConfusionMatrix(IReadOnlyList<string> classes)
    {
        ArgumentOutOfRangeException.ThrowIfZero(classes.Count, nameof(classes));
        Classes = classes;
        _table = classes.Count <= LargestTable ? new long[classes.Count * classes.Count] : null;
        _pairs = _table is null ? [] : null;
        _support = new long[classes.Count];
        _predicted = new long[classes.Count];
        _found = new long[classes.Count];
    }

    /// <summary>The classes' names in the order of their indices.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Returns the number of samples of <paramref name="trueClass"/> that were predicted as <paramref name="predictedClass"/>.</summary>
    public long this[int trueClass, int predictedClass]
    {
        get
        {
            ThrowUnlessClass(trueClass, nameof(trueClass));
            ThrowUnlessClass(predictedClass, nameof(predictedClass));
            return _table is null ? _pairs!.GetValueOrDefault((trueClass, predictedClass)) : _table[(trueClass * Classes.Count) + predictedClass];
        }
    }

    /// <summary>The number of samples, including those without a prediction.</summary>
    public long Samples => _samples;

    /// <summary>The number of samples without a prediction.</summary>
    public long Unpredicted => _unpredicted;

    /// <summary>The fraction of samples with a correct prediction; 0 without samples.</summary>
    public double Accuracy => Ratio(_found.Sum(), Samples);

    /// <summary>The mean precision over the classes that occur.</summary>
    public double PrecisionMacro => Macro(Precision);

    /// <summary>The mean recall over the classes that occur.</summary>
    public double RecallMacro => Macro(Recall);

    /// <summary>The mean F1 over the classes that occur.</summary>
    public double F1Macro => Macro(F1);

    /// <summary>The mean intersection over union over the classes that occur.</summary>
    public double IouMacro => Macro(Iou);

    /// <summary>The scores of every class, in the order of their indices.</summary>
    public IReadOnlyList<ClassScore> PerClass
        => [.. Classes.Select((name, index) => new ClassScore(name, Precision(index), Recall(index), F1(index), _support[index]))];

    /// <summary>Whether the table of all counts is available: with at most <see cref="LargestTable"/> classes.</summary>
    public bool HasTable => _table is not null;

    /// <summary>The counts row by row: one row per true class, one column per predicted class.</summary>
    /// <exception cref="InvalidOperationException">There are more than <see cref="LargestTable"/> classes.</exception>
    public IReadOnlyList<IReadOnlyList<long>> Rows
        => [.. (_table ?? throw new InvalidOperationException($"There is no table of more than {LargestTable} classes; read single counts.")).Chunk(Classes.Count)];

    /// <summary>The counts above 0, ascending by true and then by predicted class; also where the table is not available.</summary>
    internal IEnumerable<((int True, int Predicted) Pair, long Count)> Cells => _table is null
        ? _pairs!.OrderBy(p => p.Key).Select(p => (p.Key, p.Value))
        : from i in Enumerable.Range(0, _table.Length)
          where _table[i] > 0
          select ((i / Classes.Count, i % Classes.Count), _table[i]);

    /// <summary>Counts one sample.</summary>
    /// <param name="trueClass">From 0 to one below the number of classes.</param>
    /// <param name="predictedClass">The predicted class, in the same range; null for no prediction.</param>
    public void Add(int trueClass, int? predictedClass)
    {
        ThrowUnlessClass(trueClass, nameof(trueClass));
        if (predictedClass is { } predicted)
        {
            ThrowUnlessClass(predicted, nameof(predictedClass));
            Count(trueClass, predicted);
        }
        else
        {
            _unpredicted++;
        }

        _support[trueClass]++;
        _samples++;
    }

    /// <summary>Adds the counts of another matrix over the same classes.</summary>
    /// <exception cref="ArgumentException">The other matrix has another number of classes.</exception>
    public void Merge(ConfusionMatrix other)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(other.Classes.Count, Classes.Count, nameof(other));
        for (int i = 0; i < (_table?.Length ?? 0); i++)
        {
            _table![i] += other._table![i];
        }

        foreach (((int, int) pair, long count) in other._pairs ?? [])
        {
            _pairs![pair] = _pairs.GetValueOrDefault(pair) + count;
        }

        for (int c = 0; c < Classes.Count; c++)
        {
            _support[c] += other._support[c];
            _predicted[c] += other._predicted[c];
            _found[c] += other._found[c];
        }

        _samples += other._samples;
        _unpredicted += other._unpredicted;
    }

    private void Count(int trueClass, int predicted)
    {
        if (_table is not null)
        {
            _table[(trueClass * Classes.Count) + predicted]++;
        }
        else
        {
            _pairs![(trueClass, predicted)] = _pairs.GetValueOrDefault((trueClass, predicted)) + 1;
        }

        _predicted[predicted]++;
        _found[trueClass] += trueClass == predicted ? 1 : 0;
    }

    private void ThrowUnlessClass(int index, string name) => ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Classes.Count, name);

    /// <summary>Returns the intersection over union of a class (Jaccard index): the samples of the class that were predicted as it, among those that are of
    /// the class or were predicted as it.</summary>
    /// <param name="index">The index of the class.</param>
    public double Iou(int index)
    {
        ThrowUnlessClass(index, nameof(index));
        return Ratio(_found[index], _predicted[index] + _support[index] - _found[index]);
    }

    private double Precision(int index) => Ratio(_found[index], _predicted[index]);

    private double Recall(int index) => Ratio(_found[index], _support[index]);

    private double F1(int index) => Ratio(2 * _found[index], _predicted[index] + _support[index]);

    private double Macro(Func<int, double> score)
    {
        int[] occurring = [.. Enumerable.Range(0, Classes.Count).Where(c => _support[c] > 0 || _predicted[c] > 0)];
        return occurring.Length == 0 ? 0 : occurring.Average(score);
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
