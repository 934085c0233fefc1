using System.Runtime.InteropServices;

namespace Regimen.Engine;

/// <summary>Automatic mixed precision of libtorch on the CPU. While it is on, matrix products and convolutions of the calling thread compute
/// in bfloat16; operations that need float32 (losses, softmax, norms) keep it. Weights and gradients are float32.</summary>
/// <remarks>TorchSharp has no API for it. The functions are called by their exported names in libtorch's library on Linux; a test checks these
/// names with the version in use. On other systems <see cref="IsAvailable"/> is false.</remarks>
internal sealed partial class Autocast : IDisposable
{
    private const string Library = "torch_cpu";
    private const string Enable = "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb";
    private const string Nest = "_ZN2at8autocast17increment_nestingEv";
    private const string Unnest = "_ZN2at8autocast17decrement_nestingEv";
    private const string Clear = "_ZN2at8autocast11clear_cacheEv";
    private const sbyte Cpu = 0;
    [ThreadStatic]
    private static int _nesting;
    private static readonly Lazy<bool> Available = new(LookUp);

    private Autocast()
    {
    }

    /// <summary>Whether this libtorch exports the functions.</summary>
    public static bool IsAvailable => Available.Value;

    /// <summary>Whether mixed precision is on for this thread.</summary>
    public static bool IsOn => _nesting > 0;

    /// <summary>Turns mixed precision on until the returned object is disposed on the same thread.</summary>
    public static Autocast Begin()
    {
        _nesting = IncrementNesting();
        SetEnabled(Cpu, 1);
        return new Autocast();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _nesting = DecrementNesting();
        if (_nesting == 0)
        {
            // The cache holds the weights as bfloat16, which the next update makes stale.
            SetEnabled(Cpu, 0);
            ClearCache();
        }
    }

    private static bool LookUp()
        => OperatingSystem.IsLinux()
            && NativeCheck.Run().Loads
            && NativeLibrary.TryLoad(Library, typeof(Autocast).Assembly, null, out nint handle)
            && new[] { Enable, Nest, Unnest, Clear }.All(name => NativeLibrary.TryGetExport(handle, name, out _));

    [LibraryImport(Library, EntryPoint = Enable)]
    private static partial void SetEnabled(sbyte device, byte enabled);

    [LibraryImport(Library, EntryPoint = Nest)]
    private static partial int IncrementNesting();

    [LibraryImport(Library, EntryPoint = Unnest)]
    private static partial int DecrementNesting();

    [LibraryImport(Library, EntryPoint = Clear)]
    private static partial void ClearCache();
}
