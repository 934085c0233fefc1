using Regimen.Engine;
using Regimen.Reproducibility;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Initial values of a normal distribution, with the same bits on every machine: as <see cref="InitialUniform"/>.</summary>
internal static class InitialNormal
{
    /// <summary>Sets values with mean 0 (Box, Muller: "A Note on the Generation of Random Normal Deviates", 1958), from a key that libtorch's default
    /// generator gives.</summary>
    /// <param name="values">The values, contiguous float32 on the CPU.</param>
    /// <param name="deviation">The standard deviation.</param>
    public static void Fill(Tensor values, double deviation)
    {
        using IDisposable noGrad = no_grad();
        RandomStream stream = InitialUniform.NewStream();
        Span<float> to = TensorMemory.Span<float>(values);
        for (int i = 0; i < to.Length; i += 2)
        {
            double radius = deviation * Math.Sqrt(-2 * PortableMath.Log(1 - stream.NextDouble()));
            double angle = 2 * Math.PI * stream.NextDouble();
            to[i] = (float)(radius * PortableMath.Cos(angle));
            if (i + 1 < to.Length)
            {
                to[i + 1] = (float)(radius * PortableMath.Cos(angle - (Math.PI / 2)));
            }
        }
    }
}
