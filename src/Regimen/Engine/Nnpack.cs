using System.Runtime.InteropServices;

namespace Regimen.Engine;

/// <summary>NNPACK, a library of convolutions in libtorch. It starts with the first convolution, and where it does not know the processor (its
/// caches, mostly in virtual machines) libtorch writes "Could not initialize NNPACK" to the standard error stream and computes without it.</summary>
internal static unsafe class Nnpack
{
    private const string Level = "FLAGS_caffe2_log_level";
    private const string Start = "_ZN2at6native17_nnpack_availableEv";
    private const int Errors = 2;

    /// <summary>Starts it now, with warnings off for just this call: what libtorch has to say of other things is still told. Whether it can
    /// be used, and so every result, stays as it was. Does nothing where this libtorch does not export the two names.</summary>
    public static void Initialize()
    {
        if (!OperatingSystem.IsLinux()
            || !NativeLibrary.TryLoad("c10", typeof(Nnpack).Assembly, null, out nint c10)
            || !NativeLibrary.TryLoad("torch_cpu", typeof(Nnpack).Assembly, null, out nint torch)
            || !NativeLibrary.TryGetExport(c10, Level, out nint level)
            || !NativeLibrary.TryGetExport(torch, Start, out nint start))
        {
            return;
        }

        int before = *(int*)level;
        *(int*)level = Math.Max(before, Errors);
        try
        {
            ((delegate* unmanaged<byte>)start)();
        }
        finally
        {
            *(int*)level = before;
        }
    }
}
