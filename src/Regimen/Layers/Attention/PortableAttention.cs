using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Kernels;

namespace Regimen.Layers;

/// <summary>Attention of one head of one sample, with the same bits on every processor. Products are those of <see cref="LinearProducts"/>, sums along a
/// row of scores those of <see cref="LaneSums"/>; the sums over rows of the keys' and values' gradients have chains of 256 rows.</summary>
/// <param name="shape">The sizes.</param>
/// <param name="queries">The head's queries <c>[length, head]</c>, with a stride of three widths; its keys and values are one and two widths behind.</param>
/// <param name="scratch">Memory of <see cref="Scratch"/> values.</param>
/// <param name="isCausal">Whether a position attends to itself and those before it only.</param>
/// <param name="dropout">The dropout of the weights.</param>
/// <param name="pair">The number of the sample and the head, which decides the mask.</param>
internal readonly unsafe struct PortableAttention(AttentionOperation.Sizes shape, float* queries, float* scratch, bool isCausal, AttentionDropout dropout, long pair)
{
    private const int Rows = 32;
    private const int Chain = 256;
    private readonly int _length = shape.Length;
    private readonly int _head = shape.Head;
    private readonly int _width = shape.Width;
    private readonly int _stride = 3 * shape.Width;
    private readonly int _row = RowOf(shape.Length);
    private readonly float _scale = (float)(1 / Math.Sqrt(shape.Head));

    /// <summary>Returns the number of values of the scratch memory: two blocks of scores, gradients of keys and values of a further chain, and a row of
    /// a mask.</summary>
    public static long Scratch(AttentionOperation.Sizes shape) => (2L * Rows * RowOf(shape.Length)) + Further(shape.Length, shape.Head) + RowOf(shape.Length);

    /// <summary>Writes the output, and the logarithm of each row's sum of exponentials.</summary>
    /// <param name="output">The output <c>[length, head]</c>, with a stride of one width.</param>
    /// <param name="logs">The logarithms, <c>[length]</c>.</param>
    public void Forward(float* output, float* logs)
    {
        for (int start = 0; start < _length; start += Rows)
        {
            int count = Math.Min(Rows, _length - start);
            int columns = isCausal ? start + count : _length;
            LinearProducts.Forward(Part(0, start, count), Part(1, 0, columns), default, Matrix.At(scratch, count, columns, _row), rectifies: false);
            for (int row = 0; row < count; row++)
            {
                float* weights = scratch + ((long)row * _row);
                logs[start + row] = Softmax(weights, Valid(start + row), columns);
                if (!dropout.IsNone)
                {
                    dropout.Fill(new Span<float>(Mask, columns), pair, start + row, _length);
                    Multiply(weights, Mask, columns);
                }
            }

            LinearProducts.InputGradient(Matrix.At(scratch, count, columns, _row), Part(2, 0, columns), Matrix.At(output + ((long)start * _width), count, _head, _width));
        }
    }

    /// <summary>Writes the gradients of queries, keys and values.</summary>
    /// <param name="above">The gradient of the output.</param>
    /// <param name="logs">The logarithms that <see cref="Forward"/> wrote.</param>
    /// <param name="to">The gradients, laid out as queries, keys and values.</param>
    public void Backward(float* above, float* logs, float* to)
    {
        float* gradients = scratch + ((long)Rows * _row);
        float* further = gradients + ((long)Rows * _row);
        Clear(to + _width, _stride);
        Clear(to + (2 * _width), _stride);
        for (int start = 0; start < _length; start += Rows)
        {
            int count = Math.Min(Rows, _length - start);
            int columns = isCausal ? start + count : _length;
            bool isFirst = start < Chain;
            if (!isFirst && start % Chain == 0)
            {
                new Span<float>(further, 2 * _length * _head).Clear();
            }

            Matrix weight = Matrix.At(scratch, count, columns, _row);
            Matrix gradient = Matrix.At(gradients, count, columns, _row);
            Matrix over = Matrix.At(above + ((long)start * _width), count, _head, _width);
            LinearProducts.Forward(Part(0, start, count), Part(1, 0, columns), default, weight, rectifies: false);
            LinearProducts.Forward(over, Part(2, 0, columns), default, gradient, rectifies: false);
            for (int row = 0; row < count; row++)
            {
                long at = (long)row * _row;
                if (dropout.IsNone)
                {
                    ScoreGradients(scratch + at, gradients + at, logs[start + row], Valid(start + row), columns);
                    continue;
                }

                dropout.Fill(new Span<float>(Mask, columns), pair, start + row, _length);
                Multiply(gradients + at, Mask, columns);
                ScoreGradients(scratch + at, gradients + at, logs[start + row], Valid(start + row), columns);
                Multiply(scratch + at, Mask, columns);
            }

            LinearProducts.InputGradient(gradient, Part(1, 0, columns), Matrix.At(to + ((long)start * _stride), count, _head, _stride));
            LinearProducts.AddWeightGradient(gradient, Part(0, start, count), isFirst ? Matrix.At(to + _width, columns, _head, _stride) : Matrix.At(further, columns, _head, _head));
            LinearProducts.AddWeightGradient(
                weight, over, isFirst ? Matrix.At(to + (2 * _width), columns, _head, _stride) : Matrix.At(further + ((long)_length * _head), columns, _head, _head));
            if (!isFirst && ((start + count) % Chain == 0 || start + count == _length))
            {
                Add(further, to + _width);
                Add(further + ((long)_length * _head), to + (2 * _width));
            }
        }
    }

    /// <summary>The number of gradients of keys and values of a further chain.</summary>
    private static long Further(int length, int head) => length > Chain ? 2L * length * head : 0;

    private static void Multiply(float* row, float* factors, int count)
    {
        for (int i = 0; i < count; i++)
        {
            row[i] *= factors[i];
        }
    }

    private float* Mask => scratch + (2L * Rows * _row) + Further(_length, _head);

    private static int RowOf(int length) => (length + LaneSums.Count - 1) / LaneSums.Count * LaneSums.Count;

    private int Valid(int row) => isCausal ? row + 1 : _length;

    private Matrix Part(int part, int start, int count) => Matrix.At(queries + (part * _width) + ((long)start * _stride), count, _head, _stride);

    private void Clear(float* to, int stride)
    {
        for (int row = 0; row < _length; row++)
        {
            new Span<float>(to + ((long)row * stride), _head).Clear();
        }
    }

    private void Add(float* from, float* to)
    {
        for (int row = 0; row < _length; row++)
        {
            LinearKernel.Add(from + ((long)row * _head), to + ((long)row * _stride), _head);
        }
    }

    /// <summary>Replaces scores by their softmax, and those behind <paramref name="valid"/> by 0.</summary>
    /// <returns>The logarithm of the sum of the exponentials of the scaled scores.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Softmax(float* row, int valid, int columns)
    {
        int end = RowOf(valid);
        new Span<float>(row + valid, end - valid).Fill(float.NegativeInfinity);
        Vector256<float> highest = Vector256.Load(row);
        for (int i = 8; i < end; i += 8)
        {
            highest = Vector256.Max(highest, Vector256.Load(row + i));
        }

        float top = highest[0];
        for (int lane = 1; lane < Vector256<float>.Count; lane++)
        {
            top = MathF.Max(top, highest[lane]);
        }

        float sum = Exponentials(row, top * _scale, end);
        float factor = 1 / sum;
        for (int i = 0; i < end; i += 8)
        {
            (Vector256.Load(row + i) * factor).Store(row + i);
        }

        new Span<float>(row + end, Math.Max(0, columns - end)).Clear();
        return (top * _scale) + (float)PortableMath.Log(sum);
    }

    /// <summary>Replaces scores by e^(scaled score − shift), and returns their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Exponentials(float* row, float shift, int end)
    {
        Vector256<float> low = default, high = default;
        Vector256<float> minus = Vector256.Create(shift);
        for (int i = 0; i < end; i += LaneSums.Count)
        {
            Vector256<float> first = VectorFunctions.Exp((Vector256.Load(row + i) * _scale) - minus);
            Vector256<float> second = VectorFunctions.Exp((Vector256.Load(row + i + 8) * _scale) - minus);
            first.Store(row + i);
            second.Store(row + i + 8);
            low += first;
            high += second;
        }

        return LaneSums.Total(low, high);
    }

    /// <summary>Replaces the scores of a row by their weights, and the gradients of the weights by those of the scores:
    /// <c>w·(g − Σ w·g)·scale</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScoreGradients(float* row, float* gradient, float log, int valid, int columns)
    {
        int end = RowOf(valid);
        new Span<float>(row + valid, end - valid).Fill(float.NegativeInfinity);
        new Span<float>(gradient + valid, end - valid).Clear();
        Exponentials(row, log, end);
        Vector256<float> low = default, high = default;
        for (int i = 0; i < end; i += LaneSums.Count)
        {
            low += Vector256.Load(row + i) * Vector256.Load(gradient + i);
            high += Vector256.Load(row + i + 8) * Vector256.Load(gradient + i + 8);
        }

        Vector256<float> mean = Vector256.Create(LaneSums.Total(low, high));
        for (int i = 0; i < end; i += 8)
        {
            (Vector256.Load(row + i) * (Vector256.Load(gradient + i) - mean) * _scale).Store(gradient + i);
        }

        new Span<float>(row + end, Math.Max(0, columns - end)).Clear();
        new Span<float>(gradient + end, Math.Max(0, columns - end)).Clear();
    }
}
