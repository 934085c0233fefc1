namespace Regimen.Transforms;

/// <summary>Which input values, with which weights, make each value of a line of another length: a triangle (bilinear) filter that is
/// widened where the line shrinks, so that nothing is left out. Weights and borders are those of Pillow's resize and of PyTorch's
/// interpolate with antialias.</summary>
internal sealed class ResampleTaps
{
    private readonly int[] _starts;
    private readonly double[][] _weights;

    /// <summary>For a whole line.</summary>
    public ResampleTaps(int from, int to)
        : this(from, to, 0, to)
    {
    }

    /// <summary>For a part of a line.</summary>
    /// <param name="from">The length of the line that is read.</param>
    /// <param name="whole">The length of the line that would be made of it.</param>
    /// <param name="first">The first value that is wanted of that line.</param>
    /// <param name="count">How many values are wanted.</param>
    public ResampleTaps(int from, long whole, long first, int count)
    {
        From = from;
        To = count;
        First = first;
        IsIdentity = from == whole;
        _starts = new int[count];
        _weights = new double[count][];
        double scale = (double)from / whole;
        double widening = Math.Max(scale, 1);
        for (int i = 0; i < count; i++)
        {
            double centre = (first + i + 0.5) * scale;
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

    /// <summary>How many values are made.</summary>
    public int To { get; }

    /// <summary>The place of the first value that is made in the whole line.</summary>
    public long First { get; }

    /// <summary>Whether the line keeps its length: the values are then those from <see cref="First"/> on.</summary>
    public bool IsIdentity { get; }

    /// <summary>The most input values that count for one output value.</summary>
    public int Longest => _weights.Max(w => w.Length);

    /// <summary>The first input value that counts for an output value.</summary>
    public int Start(int output) => _starts[output];

    /// <summary>The weights of the values from <see cref="Start"/> on; their sum is 1.</summary>
    public ReadOnlySpan<double> Weights(int output) => _weights[output];
}
