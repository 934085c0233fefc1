using System.Runtime.InteropServices;

namespace Regimen.Runs;

/// <summary>Replaces files so that, whenever the power goes, either the old or the new one stands whole: written beside, flushed to disk,
/// renamed over, the folder flushed. What a crash leaves beside means nothing and is overwritten by the next write.</summary>
public static partial class AtomicFile
{
    /// <summary>Replaces a file's bytes.</summary>
    /// <exception cref="WorkFailedException">They can't be written; the old file stands.</exception>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes)
    {
        path = Path.GetFullPath(path);
        string beside = path + ".new";
        try
        {
            using (var file = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            File.Move(beside, path, overwrite: true);
            FlushFolder(Path.GetDirectoryName(path)!);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            TryDelete(beside);
            throw OutputFile.Failed(path, exception);
        }
    }

    /// <summary>Has the disk have a folder's entries: a rename is not safe before. On Windows a rename needs none.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const int readOnly = 0;
        int descriptor = Open(folder, readOnly);
        if (descriptor < 0)
        {
            throw new IOException($"{Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())} : '{folder}'");
        }

        // Some network file systems refuse it for folders and have nothing to flush.
        _ = Synchronize(descriptor);
        _ = Close(descriptor);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            // What stands beside is never read.
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
