using System.Runtime.InteropServices;

namespace Regimen.Engine;

/// <summary>Disables NNPACK, a library of convolutions in libtorch, if it does not support the processor (mostly in virtual machines, whose
/// caches it does not recognise). libtorch would otherwise try again with each convolution, write "Could not initialize NNPACK" to the standard
/// error stream each time, and compute without it.</summary>
internal static unsafe class Nnpack
{
    private const string Level = "FLAGS_caffe2_log_level";
    private const string Start = "_ZN2at6native17_nnpack_availableEv";
    private const string Context = "_ZN2at13globalContextEv";
    private const string Enable = "_ZN2at7Context20setUserEnabledNNPACKEb";
    private const int Errors = 2;

    /// <summary>Tries once whether NNPACK initialises, with warnings off for this call only, and disables it if not. Other warnings of libtorch
    /// are unaffected, and no result changes, because NNPACK computes nothing if it does not initialise. Does nothing if this libtorch does not
    /// export these names.</summary>
    public static void DisableIfUnsupported()
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
