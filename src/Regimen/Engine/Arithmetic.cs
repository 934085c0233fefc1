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

    // Predictors of several models work on several threads at once, each with the arithmetic of its model.
    [ThreadStatic]
    private static Bits? _ofThread;

    /// <summary>The selected arithmetic.</summary>
    public static Bits Current => IsPortable ? Bits.Portable : Bits.Machine;

    /// <summary>Whether Regimen's own kernels compute.</summary>
    internal static bool IsPortable => _ofThread is { } own ? own == Bits.Portable : _isPortable;

    /// <summary>Selects the arithmetic of this process. Call it while nothing computes.</summary>
    public static void Use(Bits bits) => _isPortable = bits == Bits.Portable;

    /// <summary>Selects the arithmetic of this process until the result is disposed. Call it while nothing computes.</summary>
    internal static IDisposable Borrow(Bits bits)
    {
        var before = new Before(_isPortable ? Bits.Portable : Bits.Machine);
        Use(bits);
        return before;
    }

    /// <summary>Selects the arithmetic of this thread, and of what it shares with <see cref="Threads.Share"/>, until the result is disposed on the same
    /// thread.</summary>
    internal static OfThread OnThread(Bits bits) => new(bits);

    /// <summary>Returns work that has the arithmetic of this thread on any other.</summary>
    internal static Action<int> Carried(Action<int> work)
    {
        return _ofThread is { } own ? WithIt : work;

        void WithIt(int part)
        {
            using OfThread arithmetic = OnThread(own);
            work(part);
        }
    }

    /// <summary>The arithmetic of a thread until it is disposed.</summary>
    internal readonly struct OfThread : IDisposable
    {
        private readonly Bits? _before;

        public OfThread(Bits bits)
        {
            _before = _ofThread;
            _ofThread = bits;
        }

        public void Dispose() => _ofThread = _before;
    }

    private sealed record Before(Bits Bits) : IDisposable
    {
        public void Dispose() => Use(Bits);
    }
}
