namespace Regimen.Files;

/// <summary>Replaces a file atomically: after a crash or a power loss either the old or the new content is there. The new content is written
/// to a temporary file in the same folder, flushed to disk and renamed, then the folder is flushed. A temporary file that a crash leaves is
/// overwritten by the next write.</summary>
internal static class AtomicFile
{
    /// <summary>Replaces a file's content.</summary>
    /// <exception cref="WorkFailedException">The file can't be written; its old content is kept.</exception>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes)
    {
        path = Path.GetFullPath(path);
        string temporary = path + ".new";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(bytes);
                DiskFlush.File(file.SafeFileHandle, temporary);
            }

            Replace(temporary, path);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            TryDelete(temporary);
            throw OutputFile.Failed(path, exception);
        }
    }

    /// <summary>Replaces a file's content with what a function writes. If the function throws, the old content is kept.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="WorkFailedException">The file can't be written; its old content is kept.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        path = Path.GetFullPath(path);
        string temporary = path + ".new";
        bool isWriting = false;
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                isWriting = true;
                write(file);
                file.Flush();
                DiskFlush.File(file.SafeFileHandle, temporary);
            }

            Replace(temporary, path);
        }
        catch (Exception exception)
        {
            if (isWriting)
            {
                TryDelete(temporary);
            }

            if (OutputFile.IsFault(exception))
            {
                throw OutputFile.Failed(path, exception);
            }

            throw;
        }
    }

    /// <summary>Flushes a folder's entries to disk; a rename is durable only after that. Not needed on Windows, where it does nothing.</summary>
    /// <exception cref="IOException">The flush failed.</exception>
    public static void FlushFolder(string folder) => DiskFlush.Folder(folder);

    private static void Replace(string temporary, string path)
    {
        File.Move(temporary, path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(path)!);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            // The temporary file is never read.
        }
    }
}
