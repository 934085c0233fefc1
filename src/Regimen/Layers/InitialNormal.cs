using Regimen.Engine;
using Regimen.Reproducibility;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Initial values of a normal distribution, with the same bits on every processor (Marsaglia, Bray, "A Convenient Method for Generating Normal
/// Variables", 1964).</summary>
internal static class InitialNormal
{
    /// <summary>Sets values, from libtorch's default generator.</summary>
    /// <param name="values">The values, contiguous float32 on the CPU.</param>
    /// <param name="std">The standard deviation.</param>
    public static unsafe void Fill(Tensor values, double std)
    {
        using IDisposable noGrad = no_grad();
        RandomStream stream = InitialUniform.NewStream();
        float* to = TensorMemory.Pointer<float>(values);
        long count = values.numel();
        for (long i = 0; i < count;)
        {
            double x = (2 * stream.NextDouble()) - 1;
            double y = (2 * stream.NextDouble()) - 1;
            double square = (x * x) + (y * y);
            if (square is >= 1 or 0)
            {
                continue;
            }

            double scale = std * Math.Sqrt(-2 * PortableMath.Log(square) / square);
            to[i++] = (float)(x * scale);
            if (i < count)
            {
                to[i++] = (float)(y * scale);
            }
        }
    }
}
