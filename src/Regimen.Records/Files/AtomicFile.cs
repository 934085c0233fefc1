namespace Regimen.Files;

/// <summary>Replaces files so that, whenever the power goes, either the old or the new one stands whole: written beside, flushed to disk,
/// renamed over, the folder flushed. What a crash leaves beside means nothing and is overwritten by the next write.</summary>
public static class AtomicFile
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
                DiskFlush.File(file.SafeFileHandle, beside);
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
    /// <exception cref="IOException">The disk did not take them.</exception>
    public static void FlushFolder(string folder) => DiskFlush.Folder(folder);

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
}
