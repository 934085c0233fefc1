using Microsoft.Win32.SafeHandles;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>A file with many encoded images, each read on its own.</summary>
/// <param name="path">The file that the user named.</param>
/// <param name="index">Where the images are.</param>
internal abstract class PackedArchive(string path, PackedIndex index)
{
    /// <summary>The file that the user named.</summary>
    public string Path => path;

    /// <summary>Where the images are.</summary>
    public PackedIndex Index => index;

    /// <summary>Returns the name of an image in the archive.</summary>
    /// <exception cref="RequestException">It can't be read.</exception>
    public abstract string NameOf(int image);

    /// <summary>Names an image in messages, also of an archive that can't be read any more.</summary>
    public abstract string OriginOf(int image);

    /// <summary>Reads bytes from any thread.</summary>
    /// <exception cref="RequestException">They can't be read.</exception>
    public abstract void ReadAt(long offset, Span<byte> into);

    /// <summary>Opens a file, reads a part of it and closes it: thousands of shards would be more open files than a process may have.</summary>
    /// <exception cref="RequestException">It can't be read, or is shorter.</exception>
    protected static void ReadFile(string file, long offset, Span<byte> into)
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
            while (!into.IsEmpty)
            {
                int read = RandomAccess.Read(handle, into, offset);
                if (read == 0)
                {
                    throw new RequestException(new Problem("The file has become shorter since it was opened") { Where = file, Hint = "Restore the original file, then resume the run." });
                }

                offset += read;
                into = into[read..];
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw InputFile.Unreadable(file, exception, "Restore the file, then resume the run.");
        }
    }
}
