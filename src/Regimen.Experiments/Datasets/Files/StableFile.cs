using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>A file that is read at any position, from any thread, and has to stay as it was when it was opened.</summary>
/// <remarks>Positioned reads instead of a mapping: a mapped file that is cut ends the process at the next access, a read reports it.</remarks>
internal sealed class StableFile : IDisposable
{
    // A look at the file's length and time costs about a microsecond, too much for each batch of small rows.
    private const long LookEveryMilliseconds = 100;
    private readonly SafeFileHandle _handle;
    private readonly DateTime _written;
    private long _nextLook;
    private volatile Problem? _change;

    private StableFile(SafeFileHandle handle, string path)
    {
        _handle = handle;
        Path = path;
        Length = RandomAccess.GetLength(handle);
        _written = File.GetLastWriteTimeUtc(handle);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>How many bytes it has.</summary>
    public long Length { get; }

    /// <summary>Opens a file that is not empty.</summary>
    /// <exception cref="RequestException">It is missing, empty, a folder, or may not be read.</exception>
    public static StableFile Open(string path)
    {
        // A file that can't be opened is reported as everywhere; the handle that stays open is for reads at any position, without reading ahead.
        InputFile.OpenRegular(path).Dispose();
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
            var file = new StableFile(handle, path);
            return file.Length > 0 ? file : throw new RequestException(new Problem("The file is empty") { Where = path });
        }
        catch (Exception exception)
        {
            handle?.Dispose();
            if (exception is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                throw InputFile.Unreadable(path, exception);
            }

            throw;
        }
    }

    /// <summary>Reads the bytes from an offset on; as many as <paramref name="to"/> holds.</summary>
    /// <exception cref="RequestException">They can't be read, or the file ends before them.</exception>
    public void ReadAt(long offset, Span<byte> to)
    {
        while (!to.IsEmpty)
        {
            int read;
            try
            {
                read = RandomAccess.Read(_handle, to, offset);
            }
            catch (IOException exception)
            {
                throw InputFile.Unreadable(Path, exception);
            }

            if (read == 0)
            {
                throw new RequestException(_change = Changed(offset));
            }

            offset += read;
            to = to[read..];
        }
    }

    /// <summary>Refuses to go on with a file that was cut or written to. Looks at it ten times a second at most.</summary>
    /// <exception cref="RequestException">It has changed since it was opened.</exception>
    public void RequireUnchanged()
    {
        if (_change is { } known)
        {
            throw new RequestException(known);
        }

        long now = Environment.TickCount64;
        if (now < Interlocked.Read(ref _nextLook))
        {
            return;
        }

        Interlocked.Exchange(ref _nextLook, now + LookEveryMilliseconds);
        if (RandomAccess.GetLength(_handle) is var length && (length != Length || File.GetLastWriteTimeUtc(_handle) != _written))
        {
            throw new RequestException(_change = Changed(length));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private Problem Changed(long length) => new("The file was changed while it was in use")
    {
        Where = Path,
        Expected = string.Create(CultureInfo.InvariantCulture, $"{Length} bytes, last written {_written:yyyy-MM-dd HH:mm:ss.fff} UTC"),
        Received = string.Create(CultureInfo.InvariantCulture, $"{length} bytes, last written {File.GetLastWriteTimeUtc(_handle):yyyy-MM-dd HH:mm:ss.fff} UTC"),
        Hint = "Put the file back as it was; write other data to a file of another name.",
    };
}
