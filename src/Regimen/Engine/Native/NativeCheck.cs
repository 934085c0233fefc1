using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Checks whether libtorch loads on this machine, and reports the reason if not.</summary>
/// <remarks>TorchSharp's own message names a missing package whatever the reason is, and its classes can't be used after that. This class
/// therefore tries the system's loader before TorchSharp does.</remarks>
internal static class NativeCheck
{
    private static readonly Lazy<NativeCheckResult> Own = new(() => Check(library: null));

    /// <summary>Loads TorchSharp's native library, and with it libtorch; never throws.</summary>
    /// <param name="library">Another library file to load; null for TorchSharp's own, which is loaded once per process.</param>
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
#pragma warning disable CA1031 // Any exception of the check is reported as its result.
        catch (Exception exception)
        {
            return new NativeCheckResult(file, NativeLibraryError.Explain(exception.Message, file));
        }
#pragma warning restore CA1031
    }

    /// <summary>Loads the libraries as TorchSharp does: by name, libtorch first, so that libraries in several folders find each other.</summary>
    private static Problem? LoadOwn(string? file)
    {
        // Damaged files are found first: the loader maps a truncated library, and the process then dies of SIGBUS.
        if (FindOwn().Select(NativeLibraryFile.FindProblemInFolder).FirstOrDefault(p => p is not null) is { } problem)
        {
            return problem;
        }

        NativeLoading.CallInAdvance(file);
        Assembly torchSharp = typeof(TorchSharp.torch).Assembly;
        NativeLibrary.TryLoad("torch_cpu", torchSharp, null, out _);
        if (NativeLibrary.TryLoad("LibTorchSharp", torchSharp, null, out _))
        {
            if (NativeSettings.AreApplied)
            {
                Nnpack.DisableIfUnsupported();
            }

            return TryComputation(file);
        }

        return file is null ? NativeLibraryError.Missing(FileNameOf("LibTorchSharp")) : LoadFile(file);
    }

    private static Problem? LoadFile(string file)
    {
        if (!File.Exists(file))
        {
            return NativeLibraryError.Missing(file);
        }

        if (NativeLibraryFile.FindProblemInFolder(file) is { } problem)
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

    /// <summary>Computes a sum with TorchSharp. Not inlined, so that TorchSharp is not initialised before the library loads.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Problem? TryComputation(string? file)
    {
        using Tensor two = ones(2);
        using Tensor sum = two.sum();
        float received = sum.item<float>();
        return received == 2
            ? null
            : new Problem("libtorch loads but computes a wrong result") { Where = file, Expected = "1 + 1 = 2", Received = $"{received:R}" };
    }

    /// <summary>Finds a file in the folders where .NET looks for native libraries: those of the program's packages, and its own.</summary>
    private static IEnumerable<string> Find(string fileName)
        => (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Select(folder => Path.Combine(folder, fileName))
            .Where(File.Exists);

    /// <summary>Finds TorchSharp's native library: on Linux first the copy that loads on older systems (decisions/0003), then the package's.</summary>
    private static IEnumerable<string> FindOwn()
        => (OperatingSystem.IsLinux() ? Find("LibTorchSharp.so") : []).Concat(Find(FileNameOf("LibTorchSharp")));

    private static string FileNameOf(string library)
        => OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";
}

/// <summary>The result of <see cref="NativeCheck"/>.</summary>
/// <param name="File">The library that was tried; null if none was found.</param>
/// <param name="Problem">Why it does not load; null if it loads.</param>
internal sealed record NativeCheckResult(string? File, Problem? Problem)
{
    /// <summary>Whether libtorch can be used.</summary>
    public bool Loads => Problem is null;
}
