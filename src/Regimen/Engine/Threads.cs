using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>How many threads libtorch computes with. Sums are split by it, so it is part of a run: 1 and 2 give different bits.</summary>
public static class Threads
{
    /// <summary>Multiply-adds of a batch's forward pass from which more than one thread pays.</summary>
    public const long Worthwhile = 100_000_000;

    /// <summary>How many threads libtorch computes with now.</summary>
    public static int Current => get_num_threads();

    /// <summary>The rule for a run that does not say: one for a small model, as the loader prepares the next batch on another core
    /// meanwhile; every core for a model whose forward pass over a batch has at least <see cref="Worthwhile"/> multiply-adds.</summary>
    public static int Choose(long multiplyAddsPerBatch, int cores) => multiplyAddsPerBatch < Worthwhile ? 1 : Math.Max(1, cores);

    /// <summary>Sets the number of threads of this process.</summary>
    public static void Use(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
#pragma warning disable RS0030 // The one place that may set it.
        set_num_threads(threads);
#pragma warning restore RS0030
    }
}
