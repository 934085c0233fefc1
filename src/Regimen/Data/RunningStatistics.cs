using System.Numerics;

namespace Regimen.Data;

/// <summary>Computes count, mean, standard deviation, minimum and maximum of numbers, in double precision and in the order in which they are
/// added.</summary>
/// <remarks>Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products", 1962; for blocks Chan, Golub and LeVeque,
/// "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979.</remarks>
internal struct RunningStatistics
{
    private double _first;
    private double _mean;

    /// <summary>The count of the numbers.</summary>
    public long Count { get; private set; }

    /// <summary>The minimum.</summary>
    public double Min { get; private set; }

    /// <summary>The maximum.</summary>
    public double Max { get; private set; }

    /// <summary>The sum of the squared differences from the mean.</summary>
    public double Spread { get; private set; }

    /// <summary>The mean; NaN without numbers.</summary>
    public readonly double Mean => Count == 0 ? double.NaN : _first + _mean;

    /// <summary>The population standard deviation (divided by the count); NaN without numbers.</summary>
    public readonly double Std => Count == 0 ? double.NaN : Math.Sqrt(Spread / Count);

    /// <summary>Adds a number.</summary>
    public void Add(double number)
    {
        Begin(number);
        Count++;

        // Relative to the first number, so that a mean far from zero loses no precision.
        double value = number - _first;
        double step = value - _mean;
        _mean += step / Count;
        Spread += step * (value - _mean);
        Min = Math.Min(Min, number);
        Max = Math.Max(Max, number);
    }

    /// <summary>Adds a block of numbers in two passes.</summary>
    public void Add(ReadOnlySpan<float> numbers) => AddAll(numbers);

    /// <inheritdoc cref="Add(ReadOnlySpan{float})"/>
    public void Add(ReadOnlySpan<double> numbers) => AddAll(numbers);

    /// <summary>Adds the numbers of another.</summary>
    public void Merge(in RunningStatistics other)
    {
        if (other.Count == 0)
        {
            return;
        }

        if (Count == 0)
        {
            this = other;
            return;
        }

        long before = Count;
        Count += other.Count;
        double apart = other.Mean - Mean;
        _mean += apart * other.Count / Count;
        Spread += other.Spread + (apart * apart * before * other.Count / Count);
        Min = Math.Min(Min, other.Min);
        Max = Math.Max(Max, other.Max);
    }

    private void AddAll<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (numbers.IsEmpty)
        {
            return;
        }

        Begin(double.CreateTruncating(numbers[0]));
        double sum = 0;
        T min = numbers[0];
        T max = numbers[0];
        foreach (T number in numbers)
        {
            sum += double.CreateTruncating(number) - _first;
            min = T.Min(min, number);
            max = T.Max(max, number);
        }

        double mean = sum / numbers.Length;
        double spread = 0;
        foreach (T number in numbers)
        {
            double difference = double.CreateTruncating(number) - _first - mean;
            spread += difference * difference;
        }

        long before = Count;
        Count += numbers.Length;
        double apart = mean - _mean;
        _mean += apart * numbers.Length / Count;
        Spread += spread + (apart * apart * before * numbers.Length / Count);
        Min = Math.Min(Min, double.CreateTruncating(min));
        Max = Math.Max(Max, double.CreateTruncating(max));
    }

    private void Begin(double number)
    {
        if (Count == 0)
        {
            (_first, Min, Max) = (number, number, number);
        }
    }
}
