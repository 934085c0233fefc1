using Regimen.Reproducibility;
using Regimen.SweepFiles;

namespace Regimen.Search;

/// <summary>A density over the points of a space: a mixture of one kernel around each known point, and of one over the whole space, the prior. A kernel
/// is the product of its axes' kernels, so that the mixture keeps which values occurred together (Falkner, Klein, Hutter: "BOHB", 2018).</summary>
internal sealed class ParzenEstimator
{
    // Scott's rule for a standard deviation of 0.1 of the axis. Optuna has 0.2; see docs/searches.md for what it changes.
    private const double Bandwidth = 0.1;
    private const double SmallestBandwidth = 0.03;
    private readonly double[] _weights;
    private readonly double[] _logWeights;
    private readonly AxisKernels[] _axes;

    /// <param name="scales">The axes.</param>
    /// <param name="points">The known points: the index of a choice's value, the position on another axis.</param>
    /// <param name="weights">The weight of each point, not negative, of which one is positive. The prior has their mean.</param>
    public ParzenEstimator(IReadOnlyList<SearchScale> scales, IReadOnlyList<double[]> points, IReadOnlyList<double> weights)
    {
        double sum = weights.Sum();
        double prior = points.Count == 0 ? 1 : sum / points.Count;
        _weights = [.. weights.Append(prior).Select(w => w / (sum + prior))];
        _logWeights = [.. _weights.Select(PortableMath.Log)];
        double width = Width(points.Count, scales.Count);
        _axes = [.. scales.Select((s, axis) => Kernels(s, [.. points.Select(p => p[axis])], width))];
    }

    /// <summary>Draws a point.</summary>
    public double[] Draw(ref RandomStream random)
    {
        double drawn = random.NextDouble();
        int kernel = 0;
        while (kernel < _weights.Length - 1 && drawn >= _weights[kernel])
        {
            drawn -= _weights[kernel++];
        }

        var point = new double[_axes.Length];
        for (int axis = 0; axis < point.Length; axis++)
        {
            point[axis] = _axes[axis].Draw(kernel, ref random);
        }

        return point;
    }

    /// <summary>Returns the logarithm of the density at a point.</summary>
    public double LogDensity(double[] point)
    {
        var logs = new double[_weights.Length];
        double largest = double.NegativeInfinity;
        for (int kernel = 0; kernel < logs.Length; kernel++)
        {
            double log = _logWeights[kernel];
            for (int axis = 0; axis < point.Length; axis++)
            {
                log += _axes[axis].LogDensity(kernel, point[axis]);
            }

            logs[kernel] = log;
            largest = Math.Max(largest, log);
        }

        double sum = 0;
        foreach (double log in logs)
        {
            sum += PortableMath.Exp(log - largest);
        }

        return largest + PortableMath.Log(sum);
    }

    private static AxisKernels Kernels(SearchScale scale, double[] positions, double width)
        => scale.IsOrdered ? new NormalKernels(positions, width, scale.Cells) : new ChoiceKernels(positions, scale.Cells!.Value);

    /// <summary>Returns the standard deviation of the kernels of <paramref name="count"/> points. It is clipped from below, so that few points
    /// do not pretend to know where the minimum is ("magic clipping", with the exponent 2 of Watanabe, 2023).</summary>
    private static double Width(int count, int axes)
    {
        double scott = Bandwidth * PortableMath.Exp(-PortableMath.Log(Math.Max(1, count)) / (axes + 4));
        return Math.Max(scott, Math.Max(SmallestBandwidth, 1.0 / (1 + ((double)count * count))));
    }
}
