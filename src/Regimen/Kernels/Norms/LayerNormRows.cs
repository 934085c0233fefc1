using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Kernels;

/// <summary>Layer norm of rows, with the same bits on every processor. Along a row, sums are those of <see cref="LaneSums"/>; over rows, of double
/// precision as in <see cref="ColumnSums"/>. Products and sums are rounded one by one.</summary>
internal static unsafe class LayerNormRows
{
    /// <summary>Writes a row's values <c>(x − mean)·scale·w + b</c>, its mean and its scale <c>1/√(variance + ε)</c>.</summary>
    /// <param name="x">The row.</param>
    /// <param name="w">The weight.</param>
    /// <param name="b">The bias.</param>
    /// <param name="y">The output.</param>
    /// <param name="width">The number of values.</param>
    /// <param name="eps">ε.</param>
    /// <param name="moments">The mean and the scale.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* x, float* w, float* b, float* y, int width, double eps, float* moments)
    {
        float mean = LaneSums.Of(x, width) / width;
        float scale = (float)(1 / Math.Sqrt((LaneSums.OfSquares(x, mean, width) / width) + eps));
        (moments[0], moments[1]) = (mean, scale);
        int i = 0;
        for (; i + Vector256<float>.Count <= width; i += Vector256<float>.Count)
        {
            (((Vector256.Load(x + i) - Vector256.Create(mean)) * scale * Vector256.Load(w + i)) + Vector256.Load(b + i)).Store(y + i);
        }

        for (; i < width; i++)
        {
            y[i] = ((x[i] - mean) * scale * w[i]) + b[i];
        }
    }

    /// <summary>Writes the gradient of a row's input: <c>(g·w − mean(g·w) − n·mean(g·w·n))·scale</c>, n the normalised value.</summary>
    /// <param name="x">The row.</param>
    /// <param name="w">The weight.</param>
    /// <param name="above">g, the gradient of the row's output.</param>
    /// <param name="moments">The mean and the scale.</param>
    /// <param name="to">The gradient.</param>
    /// <param name="width">The number of values.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InputGradient(float* x, float* w, float* above, float* moments, float* to, int width)
    {
        (float mean, float scale) = (moments[0], moments[1]);
        Vector256<float> middle = Vector256.Create(mean);
        Vector256<float> sumLow = default, sumHigh = default, productLow = default, productHigh = default;
        int i = 0;
        for (; i + LaneSums.Count <= width; i += LaneSums.Count)
        {
            Vector256<float> low = Vector256.Load(above + i) * Vector256.Load(w + i);
            Vector256<float> high = Vector256.Load(above + i + 8) * Vector256.Load(w + i + 8);
            sumLow += low;
            sumHigh += high;
            productLow += low * ((Vector256.Load(x + i) - middle) * scale);
            productHigh += high * ((Vector256.Load(x + i + 8) - middle) * scale);
        }

        if (i < width)
        {
            // Values behind the end have a weight of 0.
            int count = width - i;
            (Vector256<float> aboveLow, Vector256<float> aboveHigh) = LaneSums.LoadFirst(above + i, count);
            (Vector256<float> weightLow, Vector256<float> weightHigh) = LaneSums.LoadFirst(w + i, count);
            (Vector256<float> xLow, Vector256<float> xHigh) = LaneSums.LoadFirst(x + i, count);
            Vector256<float> low = aboveLow * weightLow;
            Vector256<float> high = aboveHigh * weightHigh;
            sumLow += low;
            sumHigh += high;
            productLow += low * ((xLow - middle) * scale);
            productHigh += high * ((xHigh - middle) * scale);
        }

        float sum = LaneSums.Total(sumLow, sumHigh) / width;
        float product = LaneSums.Total(productLow, productHigh) / width;
        i = 0;
        for (; i + Vector256<float>.Count <= width; i += Vector256<float>.Count)
        {
            Vector256<float> normal = (Vector256.Load(x + i) - middle) * scale;
            (((Vector256.Load(above + i) * Vector256.Load(w + i)) - Vector256.Create(sum) - (normal * product)) * scale).Store(to + i);
        }

        for (; i < width; i++)
        {
            to[i] = ((above[i] * w[i]) - sum - ((x[i] - mean) * scale * product)) * scale;
        }
    }

    /// <summary>Writes the gradients of some columns of weight and bias: the sums of <c>g·n</c> and <c>g</c> over the rows.</summary>
    /// <param name="x">The input <c>[rows, width]</c>.</param>
    /// <param name="above">g, <c>[rows, width]</c>.</param>
    /// <param name="moments">The mean and the scale of each row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="width">The number of columns.</param>
    /// <param name="start">The first column.</param>
    /// <param name="end">The column after the last.</param>
    /// <param name="ofWeight">The gradient of the weight, <c>[width]</c>.</param>
    /// <param name="ofBias">The gradient of the bias, <c>[width]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ParameterGradients(float* x, float* above, float* moments, long rows, int width, int start, int end, float* ofWeight, float* ofBias)
    {
        int column = start;
        for (; column + 16 <= end; column += 16)
        {
            Vector256<double> w0 = default, w1 = default, w2 = default, w3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
            long at = column;
            for (long row = 0; row < rows; row++, at += width)
            {
                Vector256<float> mean = Vector256.Create(moments[2 * row]);
                float scale = moments[(2 * row) + 1];
                Vector256<float> gradient = Vector256.Load(above + at);
                (Vector256<double> low, Vector256<double> high) = Vector256.Widen(gradient * ((Vector256.Load(x + at) - mean) * scale));
                w0 += low;
                w1 += high;
                (low, high) = Vector256.Widen(gradient);
                b0 += low;
                b1 += high;
                gradient = Vector256.Load(above + at + 8);
                (low, high) = Vector256.Widen(gradient * ((Vector256.Load(x + at + 8) - mean) * scale));
                w2 += low;
                w3 += high;
                (low, high) = Vector256.Widen(gradient);
                b2 += low;
                b3 += high;
            }

            Vector256.Narrow(w0, w1).Store(ofWeight + column);
            Vector256.Narrow(w2, w3).Store(ofWeight + column + 8);
            Vector256.Narrow(b0, b1).Store(ofBias + column);
            Vector256.Narrow(b2, b3).Store(ofBias + column + 8);
        }

        for (; column < end; column++)
        {
            (double weight, double bias) = (0, 0);
            long at = column;
            for (long row = 0; row < rows; row++, at += width)
            {
                float normal = (x[at] - moments[2 * row]) * moments[(2 * row) + 1];
                weight += above[at] * normal;
                bias += above[at];
            }

            (ofWeight[column], ofBias[column]) = ((float)weight, (float)bias);
        }
    }
}
