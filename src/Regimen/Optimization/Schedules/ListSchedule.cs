using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Regimen.Optimization;

/// <summary>The unit in which a schedule counts.</summary>
public enum ScheduleUnit
{
    /// <summary>Epochs, also fractions of one.</summary>
    Epochs,

    /// <summary>Steps.</summary>
    Steps,
}

/// <summary>The learning rate between two entries of a list.</summary>
public enum ScheduleInterpolation
{
    /// <summary>The value of the last entry.</summary>
    Constant,

    /// <summary>A straight line from one entry to the next, changed every step.</summary>
    Linear,
}

/// <summary>Follows a list of values and the times at which they apply; the values of PyTorch's <c>LambdaLR</c> with such a table
/// (<c>numpy.interp</c> for straight lines). After the last entry its value stays.</summary>
[Schedule("list")]
public sealed record ListSchedule : Schedule
{
    /// <summary>The values: factors of the optimizer's learning rate, or learning rates if <c>absolute</c>.</summary>
    [Length(1, 1000)]
    [Range(0, 1e6)]
    public IReadOnlyList<double> Values { get; init; } = [1, 0.1, 0.01];

    /// <summary>The number of epochs or steps before each value applies, as many as values, in ascending order from 0; 30 is the first step of
    /// epoch 31.</summary>
    [Length(1, 1000)]
    [Range(0, 1e9)]
    public IReadOnlyList<double> At { get; init; } = [0, 10, 15];

    /// <summary>The unit of <c>at</c>.</summary>
    public ScheduleUnit Unit { get; init; } = ScheduleUnit.Epochs;

    /// <summary>The learning rate between two entries.</summary>
    public ScheduleInterpolation Interpolation { get; init; } = ScheduleInterpolation.Constant;

    /// <summary>Whether the values are learning rates instead of factors of the optimizer's.</summary>
    public bool Absolute { get; init; }

    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment)
    {
        double unit = Unit == ScheduleUnit.Epochs ? moment.StepsPerEpoch : 1;
        double taken = moment.Step - 1;
        int last = 0;
        while (last + 1 < At.Count && At[last + 1] * unit <= taken)
        {
            last++;
        }

        double value = Values[last];
        if (Interpolation == ScheduleInterpolation.Linear && last + 1 < At.Count)
        {
            double begin = At[last] * unit;
            value += (Values[last + 1] - value) * ((taken - begin) / ((At[last + 1] * unit) - begin));
        }

        return Absolute ? value / moment.Lr : value;
    }

    /// <inheritdoc/>
    public override IEnumerable<Problem> Check()
    {
        string received = $"[{string.Join(", ", At.Select(a => a.ToString(CultureInfo.InvariantCulture)))}]";
        if (At.Count != Values.Count)
        {
            yield return new Problem("A schedule has not as many times as values")
            {
                Where = "schedule.at",
                Expected = $"{Values.Count} {(Values.Count == 1 ? "number" : "numbers")}, one for each of schedule.values",
                Received = $"{At.Count}: {received}",
            };
        }

        if (At is [not 0, ..] || At.Zip(At.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            yield return new Problem("The times of a schedule are not in ascending order from 0")
            {
                Where = "schedule.at",
                Expected = "numbers in ascending order, the first of them 0, such as [0, 10, 15]",
                Received = received,
            };
        }

        if (Unit == ScheduleUnit.Steps && At.Any(a => a != Math.Floor(a)))
        {
            yield return new Problem("The times of a schedule are not whole steps")
            {
                Where = "schedule.at",
                Expected = "whole numbers, because schedule.unit=steps",
                Received = received,
            };
        }
    }

    /// <summary>Compares by value.</summary>
    public bool Equals(ListSchedule? other)
        => base.Equals(other) && Unit == other!.Unit && Interpolation == other.Interpolation && Absolute == other.Absolute
            && Values.SequenceEqual(other.Values) && At.SequenceEqual(other.At);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Unit, Interpolation, Absolute, Values.Count, Values.Sum());
}
