namespace Regimen.Imaging;

/// <summary>Which input values, with which weights, make each value of a line of another length: a triangle (bilinear) filter that is
/// widened where the line shrinks, so that nothing is left out. Weights and borders are those of Pillow's resize and of PyTorch's
/// interpolate with antialias.</summary>
internal sealed class ResampleTaps
{
    private readonly int[] _starts;
    private readonly double[][] _weights;

    public ResampleTaps(int from, int to)
    {
        From = from;
        To = to;
        _starts = new int[to];
        _weights = new double[to][];
        double scale = (double)from / to;
        double widening = Math.Max(scale, 1);
        for (int i = 0; i < to; i++)
        {
            double centre = (i + 0.5) * scale;
            int start = Math.Max((int)(centre - widening + 0.5), 0);
            int end = Math.Min((int)(centre + widening + 0.5), from);
            var weights = new double[end - start];
            for (int j = 0; j < weights.Length; j++)
            {
                weights[j] = Math.Max(0, 1 - Math.Abs((start + j - centre + 0.5) / widening));
            }

            double sum = weights.Sum();
            _starts[i] = start;
            _weights[i] = [.. weights.Select(w => w / sum)];
        }
    }

    /// <summary>The length of the line that is read.</summary>
    public int From { get; }

    /// <summary>The length of the line that is made.</summary>
    public int To { get; }

    /// <summary>Whether the line stays as it is.</summary>
    public bool IsIdentity => From == To;

    /// <summary>The first input value that counts for an output value.</summary>
    public int Start(int output) => _starts[output];

    /// <summary>The weights of the values from <see cref="Start"/> on; their sum is 1.</summary>
    public ReadOnlySpan<double> Weights(int output) => _weights[output];
}
