using System.Runtime.InteropServices;

namespace Regimen.Engine;

/// <summary>NNPACK, a library of convolutions in libtorch. Where it does not know the processor (its caches, mostly in virtual machines),
/// libtorch tries again with each convolution that might use it, writes "Could not initialize NNPACK" to the standard error stream each time,
/// and computes without it.</summary>
internal static unsafe class Nnpack
{
    private const string Level = "FLAGS_caffe2_log_level";
    private const string Start = "_ZN2at6native17_nnpack_availableEv";
    private const string Context = "_ZN2at13globalContextEv";
    private const string Enable = "_ZN2at7Context20setUserEnabledNNPACKEb";
    private const int Errors = 2;

    /// <summary>Tries once whether it starts, with warnings off for just this call, and switches it off where it does not. What libtorch has
    /// to say of other things is still told, and every result stays as it was: a NNPACK that does not start computes nothing. Does
    /// nothing where this libtorch does not export these names.</summary>
    public static void SwitchOffUnlessItStarts()
    {
        if (!OperatingSystem.IsLinux()
            || !NativeLibrary.TryLoad("c10", typeof(Nnpack).Assembly, null, out nint c10)
            || !NativeLibrary.TryLoad("torch_cpu", typeof(Nnpack).Assembly, null, out nint torch)
            || !NativeLibrary.TryGetExport(c10, Level, out nint level)
            || !NativeLibrary.TryGetExport(torch, Start, out nint start)
            || !NativeLibrary.TryGetExport(torch, Context, out nint context)
            || !NativeLibrary.TryGetExport(torch, Enable, out nint enable))
        {
            return;
        }

        int before = *(int*)level;
        *(int*)level = Math.Max(before, Errors);
        bool starts = ((delegate* unmanaged<byte>)start)() != 0;
        *(int*)level = before;
        if (!starts)
        {
            nint global = ((delegate* unmanaged<nint>)context)();
            ((delegate* unmanaged<nint, byte, void>)enable)(global, 0);
        }
    }
}
