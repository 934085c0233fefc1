namespace Regimen.Files;

/// <summary>Opens the files that a user named, and reports the reason if one can't be read.</summary>
internal static class InputFile
{
    /// <summary>Opens a file for reading from its beginning, also while another process writes to it.</summary>
    /// <param name="path">The file, as the user wrote it.</param>
    /// <param name="hint">What to do if it can't be read.</param>
    /// <exception cref="RequestException">It is missing, a folder, a device or a socket, or can't be read.</exception>
    public static FileStream Open(string path, string? hint = null)
    {
        if (Directory.Exists(path))
        {
            throw new RequestException(new Problem("The path is a folder") { Where = path, Expected = "a file", Hint = hint });
        }

        if (FileIdentity.Of(path)?.Kind is FileKind.Device or FileKind.Socket)
        {
            throw NoFile(path, "a device or a socket");
        }

        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.SequentialScan,
                BufferSize = 0,
            });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new RequestException(
                new Problem("There is no such file") { Where = path, Expected = $"a file at {Path.GetFullPath(path)}", Hint = hint }, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e, hint);
        }
    }

    /// <summary>Refuses a file that is not a regular file: a pipe or a device may be endless, and its content can be read only once.</summary>
    /// <exception cref="RequestException">It is a pipe, a device or a socket.</exception>
    public static void RequireRegular(string path)
    {
        if (FileIdentity.Of(path)?.Kind is FileKind.Pipe or FileKind.Device or FileKind.Socket)
        {
            throw new RequestException(new Problem("The path is not a regular file but a pipe, a device or a socket")
            {
                Where = path,
                Expected = "a regular file, because a run reads its data again when it is resumed, evaluated or verified",
                Hint = "Write its content to a file first.",
            });
        }
    }

    /// <summary>Opens a file that must have a length: unlike <see cref="Open"/> it also refuses a pipe, which may wait for a writer.</summary>
    /// <exception cref="RequestException">It is missing, a folder, a file without a length, or can't be read.</exception>
    public static FileStream OpenRegular(string path, string? hint = null)
        => FileIdentity.Of(path)?.Kind == FileKind.Pipe ? throw NoFile(path, "a pipe") : Open(path, hint);

    /// <summary>Reads all bytes of a file.</summary>
    /// <exception cref="RequestException">It can't be read.</exception>
    public static byte[] ReadAllBytes(string path, string? hint = null)
    {
        using FileStream file = Open(path, hint);
        try
        {
            using var bytes = new MemoryStream();
            file.CopyTo(bytes);
            return bytes.ToArray();
        }
        catch (IOException e)
        {
            throw Unreadable(path, e, hint);
        }
    }

    /// <summary>Returns the exception for a file that can't be read, with the system's reason.</summary>
    public static RequestException Unreadable(string path, Exception reason, string? hint = null)
        => new(new Problem($"The file cannot be read: {reason.Message}") { Where = path, Hint = hint }, reason);

    private static RequestException NoFile(string path, string kind)
        => new(new Problem("The path is not a regular file") { Where = path, Expected = "a file", Received = kind });
}
