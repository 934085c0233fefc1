using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Whether libtorch loads on this machine, and why not, in plain words.</summary>
/// <remarks>TorchSharp's own message blames a missing package whatever the reason, and its classes can't be used again after it. So
/// this asks the system's loader before TorchSharp does.</remarks>
public static class NativeCheck
{
    private static readonly Lazy<NativeCheckResult> Own = new(() => Check(library: null));

    /// <summary>Loads TorchSharp's native library, and with it libtorch; never throws.</summary>
    /// <param name="library">Another library file to load instead; null for TorchSharp's own, which is loaded once a process.</param>
    public static NativeCheckResult Run(string? library = null) => library is null ? Own.Value : Check(library);

    private static NativeCheckResult Check(string? library)
    {
        string? file = library;
        try
        {
            file ??= FindOwn().FirstOrDefault();
            Problem? problem = library is null ? LoadOwn(file) : LoadFile(library);
            return new NativeCheckResult(file, problem);
        }
#pragma warning disable CA1031 // A diagnosis that fails is a diagnosis too.
        catch (Exception exception)
        {
            return new NativeCheckResult(file, NativeLibraryError.Explain(exception.Message, file));
        }
#pragma warning restore CA1031
    }

    /// <summary>As TorchSharp does it: by name, libtorch first, so that libraries in several folders find each other.</summary>
    private static Problem? LoadOwn(string? file)
    {
        // Damaged files are looked for first: the loader maps a truncated library and then the process dies of SIGBUS.
        if (FindOwn().Select(NativeLibraryFile.FindProblemBeside).FirstOrDefault(p => p is not null) is { } problem)
        {
            return problem;
        }

        NativeLoading.CallAhead(file);
        Assembly torchSharp = typeof(TorchSharp.torch).Assembly;
        NativeLibrary.TryLoad("torch_cpu", torchSharp, null, out _);
        if (NativeLibrary.TryLoad("LibTorchSharp", torchSharp, null, out _))
        {
            if (NativeSettings.AreWanted)
            {
                Nnpack.SwitchOffUnlessItStarts();
            }

            return TryOut(file);
        }

        return file is null ? NativeLibraryError.Missing(FileNameOf("LibTorchSharp")) : LoadFile(file);
    }

    private static Problem? LoadFile(string file)
    {
        if (!File.Exists(file))
        {
            return NativeLibraryError.Missing(file);
        }

        if (NativeLibraryFile.FindProblemBeside(file) is { } problem)
        {
            return problem;
        }

        try
        {
            NativeLibrary.Load(file);
            return null;
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            return NativeLibraryError.Explain(exception.Message, file);
        }
    }

    /// <summary>One sum through TorchSharp. Kept apart, so that nothing of TorchSharp is started before the library loads.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Problem? TryOut(string? file)
    {
        using Tensor two = ones(2);
        using Tensor sum = two.sum();
        float received = sum.item<float>();
        return received == 2
            ? null
            : new Problem("libtorch loads but computes wrongly") { Where = file, Expected = "1 + 1 = 2", Received = $"{received:R}" };
    }

    /// <summary>Where .NET looks for native libraries: the folders of the packages that the program was built with, and its own.</summary>
    private static IEnumerable<string> Find(string fileName)
        => (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Select(folder => Path.Combine(folder, fileName))
            .Where(File.Exists);

    /// <summary>TorchSharp's native library: on Linux first the copy that loads on older systems (decisions/0003), then the package's.</summary>
    private static IEnumerable<string> FindOwn()
        => (OperatingSystem.IsLinux() ? Find("LibTorchSharp.so") : []).Concat(Find(FileNameOf("LibTorchSharp")));

    private static string FileNameOf(string library)
        => OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";
}

/// <summary>What <see cref="NativeCheck"/> found.</summary>
/// <param name="File">The library that was tried; null where none was found.</param>
/// <param name="Problem">Why it does not load; null where it does.</param>
public sealed record NativeCheckResult(string? File, Problem? Problem)
{
    /// <summary>Whether libtorch can be used.</summary>
    public bool Loads => Problem is null;
}
