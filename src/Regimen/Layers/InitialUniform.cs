using Regimen.Engine;
using Regimen.Reproducibility;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Initial values in ± a bound. With <see cref="Bits.Portable"/> they are Regimen's own: libtorch's draws multiply and add with the
/// instructions that the processor has, so their last bits depend on it.</summary>
internal static class InitialUniform
{
    private const float Unit = 1f / (1 << 24);

    /// <summary>Sets values, from libtorch's default generator.</summary>
    /// <param name="values">The values, contiguous float32 on the CPU.</param>
    /// <param name="bound">The bound.</param>
    public static void Fill(Tensor values, double bound)
    {
        using IDisposable noGrad = no_grad();
        RandomStream stream = NewStream();
        float width = (float)(2 * bound);
        float lowest = (float)-bound;
        foreach (ref float value in TensorMemory.Span<float>(values))
        {
            value = ((stream.NextUInt64() >> 40) * Unit * width) + lowest;
        }
    }

    /// <summary>Sets the values of a layer as in PyTorch: in ± 1 / √n.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="bias">The bias; null for none.</param>
    /// <param name="inputs">n, the number of weights of an output.</param>
    public static void Fill(Tensor weight, Tensor? bias, long inputs)
    {
        double bound = 1 / Math.Sqrt(inputs);
        Fill(weight, bound);
        if (bias is not null)
        {
            Fill(bias, bound);
        }
    }

    /// <summary>Returns a stream whose key libtorch's default generator draws: an integer, which is the same on every processor.</summary>
    public static RandomStream NewStream()
    {
        using Tensor key = randint(long.MaxValue, 1, ScalarType.Int64);
        return RandomStream.For((ulong)key.item<long>(), RandomPurpose.Initialization);
    }
}
