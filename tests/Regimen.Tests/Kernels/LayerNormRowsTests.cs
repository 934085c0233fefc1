using Regimen.Kernels;

namespace Regimen.Tests.Kernels;

/// <summary>Tests that norms and sums have the bits of their definition, for sizes that no vector divides.</summary>
public sealed class LayerNormRowsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 7)]
    [InlineData(5, 16)]
    [InlineData(2, 33)]
    [InlineData(300, 61)]
    [InlineData(4, 1000)]
    public void Norms_have_the_bits_of_the_definition(int rows, int width)
    {
        float[] x = FunctionCases.Values(rows, rows * width, 3), g = FunctionCases.Values(width, rows * width, 1);
        float[] w = FunctionCases.Values(3, width, 1), b = FunctionCases.Values(4, width, 1);
        float[] y = new float[rows * width], to = new float[rows * width], moments = new float[2 * rows];
        double[] ofWeight = new double[width], ofBias = new double[width];
        for (int row = 0; row < rows; row++)
        {
            int at = row * width;
            float mean = FunctionCases.LaneSum(width, i => x[at + i]) / width;
            float scale = (float)(1 / Math.Sqrt((FunctionCases.LaneSum(width, i => (x[at + i] - mean) * (x[at + i] - mean)) / width) + 1e-5));
            (moments[2 * row], moments[(2 * row) + 1]) = (mean, scale);
            float first = FunctionCases.LaneSum(width, i => g[at + i] * w[i]) / width;
            float second = FunctionCases.LaneSum(width, i => g[at + i] * w[i] * ((x[at + i] - mean) * scale)) / width;
            for (int i = 0; i < width; i++)
            {
                float normal = (x[at + i] - mean) * scale;
                y[at + i] = (normal * w[i]) + b[i];
                to[at + i] = ((g[at + i] * w[i]) - first - (normal * second)) * scale;
                ofWeight[i] += g[at + i] * normal;
                ofBias[i] += g[at + i];
            }
        }

        float[][] received = FunctionCases.Norm(x, g, rows, width);
        Assert.Equal(y, received[0]);
        Assert.Equal(moments, received[1]);
        Assert.Equal(to, received[2]);
        Assert.Equal([.. ofWeight.Select(v => (float)v)], received[3]);
        Assert.Equal([.. ofBias.Select(v => (float)v)], received[4]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(9, 5)]
    [InlineData(700, 49)]
    public unsafe void Sums_over_rows_are_those_of_double_precision(int rows, int columns)
    {
        float[] values = FunctionCases.Values(rows, rows * columns, 1), sums = new float[columns];
        fixed (float* from = values, to = sums)
        {
            ColumnSums.Of(from, rows, columns, 0, columns / 2, to);
            ColumnSums.Of(from, rows, columns, columns / 2, columns, to);
        }

        Assert.Equal([.. Enumerable.Range(0, columns).Select(c => (float)Enumerable.Range(0, rows).Aggregate(0.0, (sum, row) => sum + values[(row * columns) + c]))], sums);
    }
}
