using Regimen.Reproducibility;
using Regimen.SweepFiles;

namespace Regimen.Search;

/// <summary>The kernels of one axis: one around the position of each point, and last the prior, which covers the whole axis.</summary>
internal abstract class AxisKernels
{
    /// <summary>Draws a position from a kernel.</summary>
    public abstract double Draw(int kernel, ref RandomStream random);

    /// <summary>Returns the logarithm of a kernel's density at a position.</summary>
    public abstract double LogDensity(int kernel, double position);
}

/// <summary>The kernels of a choice (Aitchison and Aitken, 1976): the point's own value has a greater probability than the others, which are equally
/// probable. Positions are the indices of values.</summary>
internal sealed class ChoiceKernels : AxisKernels
{
    private readonly double[] _values;
    private readonly long _count;
    private readonly double _own;
    private readonly double _logOwn;
    private readonly double _logOther;
    private readonly double _logPrior;

    public ChoiceKernels(double[] values, long count)
    {
        _values = values;
        _count = count;

        // The point counts once, and each value by its part of one further point for all points together.
        double part = 1.0 / Math.Max(1, values.Length);
        _own = (1 + part) / (1 + (count * part));
        _logOwn = PortableMath.Log(_own);
        _logOther = PortableMath.Log(part / (1 + (count * part)));
        _logPrior = -PortableMath.Log(count);
    }

    public override double Draw(int kernel, ref RandomStream random)
    {
        double drawn = random.NextDouble();
        if (kernel == _values.Length)
        {
            return SearchScale.CellAt(drawn, _count);
        }

        if (drawn < _own || _count == 1)
        {
            return _values[kernel];
        }

        long other = SearchScale.CellAt((drawn - _own) / (1 - _own), _count - 1);
        return other >= _values[kernel] ? other + 1 : other;
    }

    public override double LogDensity(int kernel, double position)
        => kernel == _values.Length ? _logPrior : _values[kernel] == position ? _logOwn : _logOther;
}

/// <summary>The kernels of an interval or a range: normal distributions around the points, truncated to the axis (positions 0 to 1). On a range the
/// density of a value is the probability of its cell.</summary>
internal sealed class NormalKernels : AxisKernels
{
    // A cell below this part of the standard deviation is taken as its middle: the density within changes by less than 1e-5.
    private const double FineCell = 0.01;
    private const double LogSqrtTwoPi = 0.91893853320467274178;
    private readonly double[] _centres;
    private readonly double _width;
    private readonly long? _cells;
    private readonly double _logCells;
    private readonly double[] _logMass;
    private readonly double[] _logHeight;

    /// <param name="positions">The positions of the points.</param>
    /// <param name="width">The standard deviation of their kernels. That of the prior is 1, around the middle.</param>
    /// <param name="cells">The number of values; null for an interval.</param>
    public NormalKernels(double[] positions, double width, long? cells)
    {
        _centres = [.. positions, 0.5];
        _width = width;
        _cells = cells;
        _logCells = PortableMath.Log(cells ?? 1);
        _logMass = [.. _centres.Select((c, i) => PortableMath.Log(Mass(i, 0, 1)))];
        _logHeight = [.. _logMass.Select((m, i) => -LogSqrtTwoPi - PortableMath.Log(Width(i)) - m)];
    }

    public override double Draw(int kernel, ref RandomStream random)
    {
        // A centre within the axis: at least a third of the draws is accepted.
        double position;
        do
        {
            position = _centres[kernel] + (Width(kernel) * NextNormal(ref random));
        }
        while (!(position >= 0 && position <= 1));

        return _cells is { } cells ? (SearchScale.CellAt(position, cells) + 0.5) / cells : position;
    }

    public override double LogDensity(int kernel, double position)
    {
        double width = Width(kernel);
        if (_cells is { } cells && 1.0 / cells > FineCell * width)
        {
            // Not 0, of which there is no logarithm: the prior alone decides there.
            double mass = Math.Max(Mass(kernel, position - (0.5 / cells), position + (0.5 / cells)), double.Epsilon);
            return PortableMath.Log(mass) + _logCells - _logMass[kernel];
        }

        double z = (position - _centres[kernel]) / width;
        return (-0.5 * z * z) + _logHeight[kernel];
    }

    private double Width(int kernel) => kernel == _centres.Length - 1 ? 1 : _width;

    private double Mass(int kernel, double from, double to)
        => PortableMath.Normal((to - _centres[kernel]) / Width(kernel)) - PortableMath.Normal((from - _centres[kernel]) / Width(kernel));

    /// <summary>Draws a standard normal number (Marsaglia's polar method).</summary>
    private static double NextNormal(ref RandomStream random)
    {
        while (true)
        {
            double x = (2 * random.NextDouble()) - 1;
            double y = (2 * random.NextDouble()) - 1;
            double squared = (x * x) + (y * y);
            if (squared > 0 && squared < 1)
            {
                return x * Math.Sqrt(-2 * PortableMath.Log(squared) / squared);
            }
        }
    }
}
