namespace Regimen.Engine;

/// <summary>What the bits of a run depend on.</summary>
public enum Bits
{
    /// <summary>Also on the processor, libtorch's version and the number of threads.</summary>
    Machine,

    /// <summary>Not on the processor, libtorch's version or the number of threads, where every operation of the run is Regimen's own.</summary>
    Portable,
}

/// <summary>Selects the arithmetic of this process: libtorch's BLAS and the system's functions, or Regimen's own kernels, whose bits are the same
/// on every processor and for any number of threads.</summary>
public static class Arithmetic
{
    private static volatile bool _isPortable;

    /// <summary>The selected arithmetic.</summary>
    public static Bits Current => _isPortable ? Bits.Portable : Bits.Machine;

    /// <summary>Whether Regimen's own kernels compute.</summary>
    internal static bool IsPortable => _isPortable;

    /// <summary>Selects the arithmetic of this process. Call it while nothing computes.</summary>
    public static void Use(Bits bits) => _isPortable = bits == Bits.Portable;

    /// <summary>Selects the arithmetic until the result is disposed. Call it while nothing computes.</summary>
    internal static IDisposable Borrow(Bits bits)
    {
        var before = new Before(Current);
        Use(bits);
        return before;
    }

    private sealed record Before(Bits Bits) : IDisposable
    {
        public void Dispose() => Use(Bits);
    }
}
