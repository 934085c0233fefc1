using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Regimen.Engine;
using Regimen.Kernels;
using Regimen.Layers;
using Regimen.Reproducibility;

namespace Regimen.Tests.Kernels;

/// <summary>Functions of vectors, and norms, on values of all kinds.</summary>
internal static unsafe class FunctionCases
{
    /// <summary>Returns a digest of many results.</summary>
    public static string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        float[] x = Values(1, 3 * 1009, 12), g = Values(2, x.Length, 1);
        float[][] results =
        [
            Of(VectorFunctions.Exp), Of(VectorFunctions.Sigmoid), Of(VectorFunctions.Tanh), Of(GeluFunction.Value), Of(GeluFunction.Derivative),
            Of(SiluFunction.Value), Of(SiluFunction.Derivative), Of(TanhFunction.Derivative), Of(GeluTanhFunction.Value), Of(GeluTanhFunction.Derivative),
            Of(v => VectorFunctions.LogOnePlus(System.Runtime.Intrinsics.Vector256.Abs(v) * 0.0625f)), .. Norm(x, g, 3, 1009), .. Norm(x, g, 1009, 3),
        ];
        foreach (float[] result in results)
        {
            hash.AppendData(MemoryMarshal.AsBytes<float>([.. result.Select(v => float.IsNaN(v) ? float.NaN : v)]));
        }

        return Convert.ToHexString(hash.GetHashAndReset());

        float[] Of(Func<System.Runtime.Intrinsics.Vector256<float>, System.Runtime.Intrinsics.Vector256<float>> function)
            => [.. x.Select(v => function(System.Runtime.Intrinsics.Vector256.Create(v))[0])];
    }

    /// <summary>Returns values between ± a bound.</summary>
    public static float[] Values(int seed, int count, float bound)
    {
        RandomStream random = RandomStream.For((ulong)seed, RandomPurpose.Order);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)((2 * random.NextDouble()) - 1) * bound;
        }

        return values;
    }

    /// <summary>Returns output, moments, and the gradients of input, weight and bias, of a layer norm.</summary>
    public static float[][] Norm(float[] x, float[] g, int rows, int width)
    {
        float[] weight = Values(3, width, 1), bias = Values(4, width, 1);
        float[] y = new float[rows * width], moments = new float[2 * rows], to = new float[rows * width], ofWeight = new float[width], ofBias = new float[width];
        fixed (float* a = x, w = weight, b = bias, output = y, m = moments, above = g, below = to, dw = ofWeight, db = ofBias)
        {
            for (int row = 0; row < rows; row++)
            {
                LayerNormRows.Forward(a + (row * width), w, b, output + (row * width), width, 1e-5, m + (2 * row));
                LayerNormRows.InputGradient(a + (row * width), w, above + (row * width), m + (2 * row), below + (row * width), width);
            }

            (long start, long end) = WorkRange.Of(width, 0, 2, 16);
            LayerNormRows.ParameterGradients(a, above, m, rows, width, (int)start, (int)end, dw, db);
            LayerNormRows.ParameterGradients(a, above, m, rows, width, (int)end, width, dw, db);
        }

        return [y, moments, to, ofWeight, ofBias];
    }

    /// <summary>16 sums, each of every 16th value, added in pairs.</summary>
    public static float LaneSum(int count, Func<int, float> value)
    {
        float[] sums = new float[16];
        for (int i = 0; i < count; i++)
        {
            sums[i % 16] += value(i);
        }

        for (int half = 8; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                sums[i] += sums[i + half];
            }
        }

        return sums[0];
    }
}
