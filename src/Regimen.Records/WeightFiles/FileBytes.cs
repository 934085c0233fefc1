using Regimen.Files;

namespace Regimen.WeightFiles;

/// <summary>Reads parts of a file by their position. The file is not memory-mapped, because a mapped file that another process truncates would
/// end this process; here a truncation is an error.</summary>
internal sealed class FileBytes : IDisposable
{
    private const int PieceBytes = 1 << 20;
    private readonly FileStream _file;

    /// <exception cref="RequestException">The file is missing, not a regular file, or can't be read.</exception>
    public FileBytes(string path)
    {
        (Path, _file) = (path, InputFile.OpenRegular(path));
        try
        {
            Length = _file.Length;
        }
        catch (IOException exception)
        {
            _file.Dispose();
            throw InputFile.Unreadable(path, exception);
        }
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>The file's length when it was opened.</summary>
    public long Length { get; }

    /// <summary>Fills a span with the bytes from a position.</summary>
    /// <exception cref="RequestException">The file ends before, or can't be read.</exception>
    public void Read(long position, Span<byte> into)
    {
        try
        {
            while (into.Length > 0)
            {
                int count = RandomAccess.Read(_file.SafeFileHandle, into, position);
                if (count == 0)
                {
                    throw new RequestException(new Problem("The file was truncated while it was read") { Where = Path, Hint = "Try again when it has been written completely." });
                }

                position += count;
                into = into[count..];
            }
        }
        catch (IOException exception)
        {
            throw InputFile.Unreadable(Path, exception);
        }
    }

    /// <summary>Returns the bytes of a range that lies in the file and is at most 2 GB.</summary>
    public byte[] Read(long position, int count)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(count);
        Read(position, bytes);
        return bytes;
    }

    /// <summary>Calls a function with the bytes of a range, in pieces of 1 MiB.</summary>
    public void ForEachPiece(long position, long length, Action<ReadOnlySpan<byte>> action)
    {
        byte[] piece = GC.AllocateUninitializedArray<byte>((int)Math.Min(PieceBytes, length));
        for (long end = position + length; position < end; position += piece.Length)
        {
            Span<byte> part = piece.AsSpan(0, (int)Math.Min(piece.Length, end - position));
            Read(position, part);
            action(part);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
