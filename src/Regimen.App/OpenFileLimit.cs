using System.Globalization;
using System.Runtime.InteropServices;

namespace Regimen.App;

/// <summary>Looks at how many files this process may have open: with too few of them .NET fails to load its own parts, and says that these
/// do not exist.</summary>
internal static partial class OpenFileLimit
{
    /// <summary>With 100 a training fails to start, with 160 it runs.</summary>
    private const ulong Least = 160;

    private const int NumberOfFiles = 7;

    /// <summary>What is wrong with the limit; null where nothing is, or the system does not tell.</summary>
    public static Problem? Check() => OperatingSystem.IsLinux() && GetLimit(NumberOfFiles, out Limit limit) == 0 ? Of(limit.Current) : null;

    /// <summary>What is wrong with a limit.</summary>
    internal static Problem? Of(ulong files) => files >= Least ? null : new Problem("This process may have too few files open")
    {
        Where = "ulimit -n",
        Expected = string.Create(CultureInfo.InvariantCulture, $"at least {Least}"),
        Received = string.Create(CultureInfo.InvariantCulture, $"{files}"),
        Hint = "Raise the limit before you start the program, as with ulimit -n 1024.",
    };

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public nuint Current;
        public nuint Most;
    }
}
