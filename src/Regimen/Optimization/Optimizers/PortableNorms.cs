using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;
using Regimen.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>The steps of LAMB and Muon whose norms and products have the same bits on every machine.</summary>
internal static unsafe class PortableNorms
{
    /// <summary>LAMB's update. Values and directions are computed one by one, with products rounded before sums; norms by <see cref="SumOfSquares"/>.</summary>
    /// <param name="group">The parameters.</param>
    /// <param name="c">β₁, β₂, 1 − β₁, 1 − β₂, ε, and as <c>Size</c> and <c>Correction</c> the factors of average and root.</param>
    /// <param name="lr">The learning rate.</param>
    public static void Lamb(ParameterGroup group, in AdamCoefficients c, double lr)
    {
        using Tensor directions = empty(group.Length);
        float* d = TensorMemory.Pointer<float>(directions);
        Directions(group.ValueMemory, group.GradientMemory, group.StateMemory(0), group.StateMemory(1), d, group.Length, c);
        foreach (ParameterRange parameter in group.Ranges)
        {
            float* own = group.ValueMemory + parameter.Start;
            double size = Math.Sqrt(SumOfSquares.Of(own, parameter.Length));
            double length = Math.Sqrt(SumOfSquares.Of(d + parameter.Start, parameter.Length));
            AddScaled(own, d + parameter.Start, (float)(-lr * (size > 0 && length > 0 ? size / length : 1)), parameter.Length);
        }

        group.Gradients.zero_().Dispose();
    }

    /// <summary>Muon's update of matrices.</summary>
    /// <param name="group">The parameters.</param>
    /// <param name="lr">The learning rate.</param>
    /// <param name="momentum">The momentum.</param>
    /// <param name="isNesterov">Whether it is Nesterov's.</param>
    /// <param name="iterations">The number of iterations.</param>
    /// <param name="coefficients">The coefficients of an iteration.</param>
    /// <param name="factorOf">Returns the factor of an update of a matrix with these rows and columns.</param>
    public static void Muon(
        ParameterGroup group, double lr, double momentum, bool isNesterov, int iterations, (double A, double B, double C) coefficients, Func<long, long, double> factorOf)
    {
        using DisposeScope scope = NewDisposeScope();
        (float keep, float rest) = ((float)momentum, (float)(1 - momentum));
        float* p = group.ValueMemory;
        float* g = group.GradientMemory;
        float* b = group.StateMemory(0);
        float decay = (float)(1 - (lr * group.WeightDecay));
        for (long i = 0; i < group.Length; i++)
        {
            p[i] *= decay;
            b[i] = (b[i] * keep) + (g[i] * rest);
            g[i] = isNesterov ? (g[i] * rest) + (b[i] * keep) : b[i];
        }

        foreach (ParameterRange parameter in group.Ranges)
        {
            int rows = (int)parameter.Shape[0];
            int columns = (int)(parameter.Length / rows);
            using DisposeScope inner = NewDisposeScope();
            Tensor direction = Orthogonal(group.Gradients.narrow(0, parameter.Start, parameter.Length).view(rows, columns), iterations, coefficients);
            AddScaled(p + parameter.Start, TensorMemory.Pointer<float>(direction), (float)(-lr * factorOf(rows, columns)), parameter.Length);
            GC.KeepAlive(direction);
        }

        group.Gradients.zero_().Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Directions(float* p, float* g, float* m, float* v, float* d, long length, AdamCoefficients c)
    {
        for (long i = 0; i < length; i++)
        {
            m[i] = (m[i] * c.Beta1) + (g[i] * c.Rest1);
            v[i] = (v[i] * c.Beta2) + (g[i] * g[i] * c.Rest2);
            d[i] = (m[i] * c.Size / ((MathF.Sqrt(v[i]) * c.Correction) + c.Eps)) + (p[i] * c.Penalty);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddScaled(float* to, float* from, float factor, long length)
    {
        long i = 0;
        for (; i + Vector256<float>.Count <= length; i += Vector256<float>.Count)
        {
            (Vector256.Load(to + i) + (Vector256.Load(from + i) * factor)).Store(to + i);
        }

        for (; i < length; i++)
        {
            to[i] += from[i] * factor;
        }
    }

    /// <summary>As Muon's iteration on libtorch, with Regimen's products.</summary>
    private static Tensor Orthogonal(Tensor matrix, int iterations, (double A, double B, double C) coefficients)
    {
        bool isTall = matrix.size(0) > matrix.size(1);
        Tensor x = (isTall ? matrix.t() : matrix).contiguous().clone();
        float norm = (float)Math.Sqrt(SumOfSquares.Of(TensorMemory.Pointer<float>(x), x.numel())) + 1e-7f;
        int rows = (int)x.size(0);
        int columns = (int)x.size(1);
        Scale(TensorMemory.Pointer<float>(x), norm, x.numel());
        Tensor square = empty(rows, rows), polynomial = empty(rows, rows), next = empty(rows, columns);
        (float a, float b, float c) = ((float)coefficients.A, (float)coefficients.B, (float)coefficients.C);
        for (int i = 0; i < iterations; i++)
        {
            float* s = TensorMemory.Pointer<float>(square);
            float* q = TensorMemory.Pointer<float>(polynomial);
            Share(rows, (long)rows * rows * columns, (start, count) => LinearProducts.Forward(
                At(x, columns), Matrix.At(TensorMemory.Pointer<float>(x) + ((long)start * columns), count, columns, columns), default, Matrix.At(s + start, rows, count, rows), rectifies: false));

            // bA + cA², and with it times X.
            Share(rows, (long)rows * rows * rows, (start, count) => LinearProducts.InputGradient(At(square, rows), Matrix.At(s + start, rows, count, rows), Matrix.At(q + start, rows, count, rows)));
            Combine(q, c, s, b, polynomial.numel());
            Share(columns, (long)rows * rows * columns, (start, count) => LinearProducts.InputGradient(
                At(polynomial, rows), Matrix.At(TensorMemory.Pointer<float>(x) + start, rows, count, columns), Matrix.At(TensorMemory.Pointer<float>(next) + start, rows, count, columns)));
            Combine(TensorMemory.Pointer<float>(next), 1, TensorMemory.Pointer<float>(x), a, x.numel());
            (x, next) = (next, x);
        }

        return (isTall ? x.t() : x).contiguous();

        static Matrix At(Tensor of, int columns) => Matrix.At(TensorMemory.Pointer<float>(of), (int)of.size(0), columns, columns);
    }

    private static void Share(int length, long multiplyAdds, Action<int, int> work)
    {
        int parts = Layers.LinearKernel.PartsOf(multiplyAdds, length);
        Threads.Share(parts, part =>
        {
            (long start, long end) = WorkRange.Of(length, part, parts, Layers.LinearKernel.Granule);
            if (end > start)
            {
                work((int)start, (int)(end - start));
            }
        });
    }

    private static void Scale(float* values, float divisor, long length)
    {
        for (long i = 0; i < length; i++)
        {
            values[i] /= divisor;
        }
    }

    /// <summary><c>to = to·own + from·factor</c></summary>
    private static void Combine(float* to, float own, float* from, float factor, long length)
    {
        for (long i = 0; i < length; i++)
        {
            to[i] = (to[i] * own) + (from[i] * factor);
        }
    }
}
