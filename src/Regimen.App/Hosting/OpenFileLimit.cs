using System.Runtime.InteropServices;
using System.Text;

namespace Regimen.App.Hosting;

/// <summary>Checks that this process may open enough files. Below a few hundred the runtime can't load its own assemblies, including those that
/// write an error to the console.</summary>
/// <remarks>It uses only the runtime's core library and the system's C library.</remarks>
internal static unsafe partial class OpenFileLimit
{
    /// <summary>The minimum number of open files. A training needs up to 200; the usual limit is 1,024 or more.</summary>
    public const ulong Least = 256;

    private const int OpenFiles = 7; // RLIMIT_NOFILE on Linux; elsewhere it has other numbers.
    private const int StandardOutput = 1;
    private const int StandardError = 2;

    /// <summary>Whether the limit is high enough; if not, an error has been written.</summary>
    public static bool Suffices(string[] args)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        ulong* limit = stackalloc ulong[2];
        if (GetLimit(OpenFiles, limit) != 0 || limit[0] >= Least)
        {
            return true;
        }

        bool json = Array.IndexOf(args, "--json") >= 0;
        byte[] text = Encoding.UTF8.GetBytes(json ? Json(limit[0].ToString()) : Text(limit[0].ToString()));
        fixed (byte* bytes = text)
        {
            _ = Write(json ? StandardOutput : StandardError, bytes, (nuint)text.Length);
        }

        return false;
    }

    private static string Text(string limit)
        => "error: The limit of open files is too low\n  expected at least 256; received " + limit + "\n  Raise the limit of this shell: ulimit -n 1024\n";

    private static string Json(string limit)
        => "{\"errors\": [{\"message\": \"The limit of open files is too low\", \"where\": null, \"expected\": \"at least 256\", \"received\": \"" + limit
            + "\", \"hint\": \"Raise the limit of this shell: ulimit -n 1024\"}]}\n";

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetLimit(int resource, ulong* limit);

    [LibraryImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Write(int file, byte* bytes, nuint count);
}
