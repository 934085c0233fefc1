using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;
using Regimen.Kernels;

namespace Regimen.Layers;

/// <summary>Causal attention of one head of one sample.</summary>
/// <param name="shape">The sizes.</param>
/// <param name="queries">The head's queries <c>[length, head]</c>, with a stride of three widths; its keys and values are one and two widths behind.</param>
/// <param name="scratch">Memory for two blocks of scores, or for one if only <see cref="Forward"/> is called.</param>
/// <param name="rows">The number of rows of a block.</param>
internal readonly unsafe struct AttentionKernel(AttentionOperation.Sizes shape, float* queries, float* scratch, int rows)
{
    private readonly int _length = shape.Length;
    private readonly int _head = shape.Head;
    private readonly int _width = shape.Width;
    private readonly int _stride = 3 * shape.Width;
    private readonly float _scale = (float)(1 / Math.Sqrt(shape.Head));

    /// <summary>Writes the output, and the logarithm of each row's sum of exponentials.</summary>
    /// <param name="output">The output <c>[length, head]</c>, with a stride of one width.</param>
    /// <param name="logs">The logarithms, <c>[length]</c>.</param>
    public void Forward(float* output, float* logs)
    {
        for (int start = 0; start < _length; start += rows)
        {
            int count = Math.Min(rows, _length - start);
            int columns = start + count;
            Scores(start, count, columns);
            for (int row = 0; row < count; row++)
            {
                logs[start + row] = Softmax(scratch + ((long)row * _length), start + row + 1, columns);
            }

            Sgemm.Multiply(new(scratch, _length), new(queries + (2 * _width), _stride), new(output + ((long)start * _width), _width), count, _head, columns, 0);
        }
    }

    /// <summary>Writes the gradients of queries, keys and values.</summary>
    /// <param name="above">The gradient of the output.</param>
    /// <param name="logs">The logarithms that <see cref="Forward"/> wrote.</param>
    /// <param name="to">The gradients, laid out as queries, keys and values.</param>
    public void Backward(float* above, float* logs, float* to)
    {
        float* weights = scratch;
        float* gradients = scratch + ((long)rows * _length);
        float* keys = queries + _width;
        float* values = queries + (2 * _width);

        // The last block first: it has all columns, so its products overwrite the gradients of keys and values, and the others add to them.
        int last = (_length - 1) / rows * rows;
        for (int start = last; start >= 0; start -= rows)
        {
            int count = Math.Min(rows, _length - start);
            int columns = start + count;
            int beta = start == last ? 0 : 1;
            float* query = queries + ((long)start * _stride);
            float* over = above + ((long)start * _width);
            Scores(start, count, columns);
            Sgemm.Multiply(new(over, _width), new(values, _stride, isTransposed: true), new(gradients, _length), count, columns, _head, 0);
            for (int row = 0; row < count; row++)
            {
                long at = (long)row * _length;
                ScoreGradients(weights + at, gradients + at, logs[start + row], start + row + 1, columns);
            }

            Sgemm.Multiply(new(gradients, _length), new(keys, _stride), new(to + ((long)start * _stride), _stride), count, _head, columns, 0);
            Sgemm.Multiply(new(gradients, _length, isTransposed: true), new(query, _stride), new(to + _width, _stride), columns, _head, count, beta);
            Sgemm.Multiply(new(weights, _length, isTransposed: true), new(over, _width), new(to + (2 * _width), _stride), columns, _head, count, beta);
        }
    }

    private void Scores(int start, int count, int columns)
        => Sgemm.Multiply(new(queries + ((long)start * _stride), _stride), new(queries + _width, _stride, isTransposed: true), new(scratch, _length), count, columns, _head, 0);

    /// <summary>Replaces scores by their softmax, and those behind <paramref name="valid"/> by 0.</summary>
    /// <returns>The logarithm of the sum of the exponentials of the scaled scores.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Softmax(float* row, int valid, int columns)
    {
        int i = 0;
        Vector256<float> highest = Vector256.Create(row[0]);
        for (; i + Vector256<float>.Count <= valid; i += Vector256<float>.Count)
        {
            highest = Vector256.Max(highest, Vector256.Load(row + i));
        }

        float top = highest[0];
        for (int lane = 1; lane < Vector256<float>.Count; lane++)
        {
            top = MathF.Max(top, highest[lane]);
        }

        for (; i < valid; i++)
        {
            top = MathF.Max(top, row[i]);
        }

        float sum = Exponentials(row, top * _scale, valid, columns);
        float factor = 1 / sum;
        for (i = 0; i + Vector256<float>.Count <= valid; i += Vector256<float>.Count)
        {
            (Vector256.Load(row + i) * factor).Store(row + i);
        }

        for (; i < valid; i++)
        {
            row[i] *= factor;
        }

        return (top * _scale) + MathF.Log(sum);
    }

    /// <summary>Replaces scores by e^(scaled score − shift), and those behind <paramref name="valid"/> by 0.</summary>
    /// <returns>The sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Exponentials(float* row, float shift, int valid, int columns)
    {
        int i = 0;
        Vector256<float> sums = Vector256<float>.Zero;
        for (; i + Vector256<float>.Count <= valid; i += Vector256<float>.Count)
        {
            Vector256<float> value = FastExp.Of((Vector256.Load(row + i) * _scale) - Vector256.Create(shift));
            value.Store(row + i);
            sums += value;
        }

        float sum = Vector256.Sum(sums);
        for (; i < valid; i++)
        {
            row[i] = FastExp.Of(Vector256.Create((row[i] * _scale) - shift))[0];
            sum += row[i];
        }

        new Span<float>(row + valid, columns - valid).Clear();
        return sum;
    }

    /// <summary>Replaces the scores of a row by their weights, and the gradients of the weights by those of the scores:
    /// <c>w·(g − Σ w·g)·scale</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScoreGradients(float* row, float* gradient, float log, int valid, int columns)
    {
        Exponentials(row, log, valid, columns);
        Vector256<float> sums = Vector256<float>.Zero;
        int i = 0;
        for (; i + Vector256<float>.Count <= valid; i += Vector256<float>.Count)
        {
            sums += Vector256.Load(row + i) * Vector256.Load(gradient + i);
        }

        float mean = Vector256.Sum(sums);
        for (; i < valid; i++)
        {
            mean += row[i] * gradient[i];
        }

        for (i = 0; i + Vector256<float>.Count <= valid; i += Vector256<float>.Count)
        {
            (Vector256.Load(row + i) * (Vector256.Load(gradient + i) - Vector256.Create(mean)) * _scale).Store(gradient + i);
        }

        for (; i < valid; i++)
        {
            gradient[i] = row[i] * (gradient[i] - mean) * _scale;
        }

        new Span<float>(gradient + valid, columns - valid).Clear();
    }
}
