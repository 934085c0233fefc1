using System.Text.RegularExpressions;

namespace Regimen.Engine;

/// <summary>Explains the messages of the system's loader. It knows those of glibc, musl, macOS and Windows.</summary>
internal static partial class NativeLibraryError
{
    private const string Rebuild = "Build the program again (dotnet build); if that does not help, clear the package cache first "
        + "(dotnet nuget locals global-packages --clear).";

    public static Problem Missing(string file) => new("A native library is missing")
    {
        Where = file,
        Hint = "The program needs the packages TorchSharp and libtorch-cpu-linux-x64 (or -win-x64, -osx-arm64). " + Rebuild,
    };

    /// <summary>Converts a loader's message to a problem.</summary>
    /// <param name="message">The whole message; text that .NET adds around the loader's message is allowed.</param>
    /// <param name="file">The library that was to be loaded.</param>
    public static Problem Explain(string message, string? file)
    {
        if (SymbolVersion().Match(message) is { Success: true } version)
        {
            return TooOld(version.Groups["library"].Value, version.Groups["version"].Value, file);
        }

        if (MissingLibrary().Match(message) is { Success: true } missing)
        {
            string name = missing.Groups["name"].Value;
            return new Problem($"A library that it depends on is missing: {name}") { Where = file, Hint = HintForMissing(name) };
        }

        if (UndefinedSymbol().Match(message) is { Success: true } symbol)
        {
            return new Problem($"Two native libraries are incompatible: the symbol {symbol.Groups["name"].Value} is missing")
            {
                Where = file,
                Hint = "TorchSharp 0.107 needs libtorch 2.10; LD_LIBRARY_PATH may contain another version. " + Rebuild,
            };
        }

        if (WrongFormat().IsMatch(message))
        {
            return new Problem("The file is not a library for this system and processor") { Where = file, Hint = Rebuild };
        }

        if (NotAllowed().IsMatch(message))
        {
            return new Problem("The system does not permit loading the library")
            {
                Where = file,
                Hint = "Check the file's permissions, and that its folder is not on a disk mounted with noexec.",
            };
        }

        return new Problem($"The native library does not load: {LoaderReason(message)}") { Where = file, Hint = Rebuild };
    }

    private static Problem TooOld(string library, string version, string? file) => version.StartsWith("GLIBC_", StringComparison.Ordinal)
        ? new Problem($"The system's C library is too old: it lacks {version}")
        {
            Where = file,
            Hint = "Use a newer system: Debian 12, Ubuntu 22.04, RHEL 9 or later.",
        }
        : new Problem($"The system's C++ library is too old: {Path.GetFileName(library)} lacks {version}")
        {
            Where = file,
            Hint = version == "GLIBCXX_3.4.32"
                ? "Regimen includes a copy that loads on this system, LibTorchSharp.so: copy it into the program's folder from the output of "
                    + "dotnet build or dotnet publish of a program that references Regimen; or use a newer system (Debian 13, Ubuntu 24.04)."
                : "Install a newer libstdc++6, or use a newer system.",
        };

    private static string HintForMissing(string name) => name switch
    {
        _ when BelongsToTorch(name)
            => "It comes with the package libtorch-cpu-linux-x64 (or -win-x64, -osx-arm64). " + Rebuild,
        _ when name.StartsWith("libgomp", StringComparison.Ordinal)
            => "Install OpenMP's runtime: apt install libgomp1 (or dnf install libgomp).",
        _ when name.StartsWith("libstdc++", StringComparison.Ordinal)
            => "Install the C++ runtime: apt install libstdc++6 (or dnf install libstdc++).",
        _ when name.StartsWith("ld-linux", StringComparison.Ordinal) || name.StartsWith("libc.so", StringComparison.Ordinal)
            => "libtorch needs glibc; Alpine and other musl systems have none.",
        _ when name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
            => "Install the Microsoft Visual C++ Redistributable (x64). " + Rebuild,
        _ => $"Install the system package that provides {name}.",
    };

    /// <summary>Whether a library comes with libtorch. Its copy of OpenMP has a name with a digest after a hyphen.</summary>
    private static bool BelongsToTorch(string name)
        => name.Contains("torch", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("libc10", StringComparison.Ordinal)
            || name.StartsWith("libgomp-", StringComparison.Ordinal);

    /// <summary>Returns the last line of a message, which is the loader's; lines of .NET come before it.</summary>
    private static string LoaderReason(string message)
        => message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault("the loader gives no reason");

    [GeneratedRegex(@"(?<library>[^\s:]+): version `(?<version>(GLIBCXX|CXXABI|GLIBC)_[\d.]+)' not found")]
    private static partial Regex SymbolVersion();

    [GeneratedRegex(
        @"(?m)(?:^|: )(?<name>[^\s/:]+): cannot open shared object file: No such file"
        + @"|Error loading shared library (?<name>[^\s:]+): No such file"
        + @"|Library not loaded: (?:[^\s]*/)?(?<name>[^\s/]+)"
        + @"|DLL '(?<name>[^']+)' or one of its dependencies: The specified module could not be found")]
    private static partial Regex MissingLibrary();

    [GeneratedRegex(@"undefined symbol: (?<name>\w+)|[Ss]ymbol not found:? (?<name>\w+)|Error relocating [^\s:]+: (?<name>\w+): symbol not found")]
    private static partial Regex UndefinedSymbol();

    [GeneratedRegex(
        "invalid ELF header|wrong ELF class|file too short|Exec format error"
        + "|not a mach-o file|incompatible architecture"
        + "|not a valid Win32 application|0x8007000B|0x800700C1")]
    private static partial Regex WrongFormat();

    [GeneratedRegex("Permission denied|Operation not permitted|code signature")]
    private static partial Regex NotAllowed();
}
