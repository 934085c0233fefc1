using System.Runtime.InteropServices;

namespace Regimen.Engine;

/// <summary>libtorch's automatic mixed precision on the CPU: while it is on, matrix products and convolutions of the calling thread compute in
/// bfloat16, and what needs float32 (losses, softmax, norms) stays there; weights and gradients are float32.</summary>
/// <remarks>TorchSharp does not offer it; its switches are reached by the names that they have in libtorch's library on Linux, which a test
/// holds to the version in use. Elsewhere <see cref="IsAvailable"/> is false.</remarks>
public sealed partial class Autocast : IDisposable
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

    /// <summary>Whether this libtorch has it where it is looked for.</summary>
    public static bool IsAvailable => Available.Value;

    /// <summary>Whether it is on for this thread.</summary>
    public static bool IsOn => _nesting > 0;

    /// <summary>On until what is returned is disposed, on the same thread.</summary>
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
            // What goes is the weights as bfloat16: the next update makes them out of date.
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
