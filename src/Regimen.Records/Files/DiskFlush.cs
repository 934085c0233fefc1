using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Regimen.Files;

/// <summary>Flushes files and folders to disk and reports the errors of fsync.</summary>
/// <remarks>.NET's <c>Flush(true)</c> and <c>RandomAccess.FlushToDisk</c> ignore every error of fsync on Unix: after a failed fsync the
/// bytes may be lost although the write succeeded. This class therefore calls fsync itself.</remarks>
internal static partial class DiskFlush
{
    private const int Interrupted = 4;
    private const int InvalidArgument = 22;

    /// <summary>Flushes an open file, which may be opened for reading only.</summary>
    /// <exception cref="IOException">The flush failed.</exception>
    public static void File(SafeFileHandle file, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            Synchronize((int)file.DangerousGetHandle(), path);
        }
        finally
        {
            if (held)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Flushes a folder's entries; a rename is durable only after that. Not needed on Windows, where it does nothing.</summary>
    /// <exception cref="IOException">The folder can't be opened, or the flush failed.</exception>
    public static void Folder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const int readOnly = 0;
        int descriptor = Retry(() => Open(path, readOnly));
        if (descriptor < 0)
        {
            throw Failure(Marshal.GetLastPInvokeError(), path);
        }

        try
        {
            Synchronize(descriptor, path);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static void Synchronize(int descriptor, string path)
    {
        if (OperatingSystem.IsMacOS())
        {
            // On macOS fsync leaves the bytes in the drive's cache. Network file systems support only fsync.
            const int fullFsync = 51;
            if (Retry(() => FileControl(descriptor, fullFsync)) >= 0)
            {
                return;
            }
        }

        if (Retry(() => Fsync(descriptor)) < 0 && Marshal.GetLastPInvokeError() is var error && !IsUnsupported(error))
        {
            throw Failure(error, path);
        }
    }

    /// <summary>Whether the error says that this kind of file does not support fsync: pipes, and folders of some network file systems.</summary>
    private static bool IsUnsupported(int error)
    {
        (int noSystemCall, int notSupported) = OperatingSystem.IsMacOS() ? (78, 45) : OperatingSystem.IsFreeBSD() ? (78, 45) : (38, 95);
        return error == InvalidArgument || error == noSystemCall || error == notSupported;
    }

    private static int Retry(Func<int> call)
    {
        int result;
        do
        {
            result = call();
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        return result;
    }

    private static IOException Failure(int error, string path) => new($"{Marshal.GetPInvokeErrorMessage(error)} : '{path}'", error);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
