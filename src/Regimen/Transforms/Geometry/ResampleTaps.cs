namespace Regimen.Transforms;

/// <summary>The input values and weights of each output value when a line is resampled to another length, with a triangle (bilinear) filter that
/// is widened for a shorter line, so that every input value counts. Weights and borders are those of Pillow's resize and of PyTorch's interpolate
/// with antialias.</summary>
internal sealed class ResampleTaps
{
    private readonly int[] _starts;
    private readonly int[] _counts;

    // The weights of one output value after the other, each in a place for the maximum number.
    private readonly double[] _weights;

    /// <summary>Computes the weights for a whole line.</summary>
    public ResampleTaps(int from, int to)
        : this(from, to, 0, to)
    {
    }

    /// <summary>Computes the weights for a part of a line.</summary>
    /// <param name="from">The length of the input line.</param>
    /// <param name="whole">The length of the whole output line.</param>
    /// <param name="first">The index of the first output value to compute.</param>
    /// <param name="count">The number of output values to compute.</param>
    public ResampleTaps(int from, long whole, long first, int count)
    {
        From = from;
        To = count;
        First = first;
        IsIdentity = from == whole;
        double scale = (double)from / whole;
        double widening = Math.Max(scale, 1);
        Longest = Math.Min(from, (int)Math.Ceiling(2 * widening) + 1);
        _starts = new int[count];
        _counts = new int[count];
        _weights = new double[count * Longest];
        for (int i = 0; i < count; i++)
        {
            double centre = (first + i + 0.5) * scale;
            int start = Math.Max((int)(centre - widening + 0.5), 0);
            int end = Math.Min((int)(centre + widening + 0.5), from);
            (_starts[i], _counts[i]) = (start, end - start);
            Span<double> weights = _weights.AsSpan(i * Longest, end - start);
            double sum = 0;
            for (int j = 0; j < weights.Length; j++)
            {
                weights[j] = Math.Max(0, 1 - Math.Abs((start + j - centre + 0.5) / widening));
                sum += weights[j];
            }

            for (int j = 0; j < weights.Length; j++)
            {
                weights[j] /= sum;
            }
        }
    }

    /// <summary>The length of the input line.</summary>
    public int From { get; }

    /// <summary>The number of output values.</summary>
    public int To { get; }

    /// <summary>The index of the first output value in the whole output line.</summary>
    public long First { get; }

    /// <summary>Whether the line keeps its length: the output is then the input from <see cref="First"/> on.</summary>
    public bool IsIdentity { get; }

    /// <summary>No output value has more input values.</summary>
    public int Longest { get; }

    /// <summary>Returns the index of the first input value of an output value.</summary>
    public int Start(int output) => _starts[output];

    /// <summary>Returns the weights of the input values from <see cref="Start"/> on; their sum is 1.</summary>
    public ReadOnlySpan<double> Weights(int output) => _weights.AsSpan(output * Longest, _counts[output]);
}
