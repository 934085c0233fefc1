using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>A file for random-access reads from any thread that must not change after it was opened.</summary>
/// <remarks>Uses positioned reads, not a memory mapping. Access to a truncated mapping crashes the process, while a read reports an
/// error.</remarks>
internal sealed class StableFile : IDisposable
{
    // Checking the file's length and time takes about a microsecond, too much for every batch of small rows.
    private const long CheckIntervalMilliseconds = 100;
    private readonly SafeFileHandle _handle;
    private readonly DateTime _written;
    private long _nextCheck;
    private volatile Problem? _change;

    private StableFile(SafeFileHandle handle, string path)
    {
        _handle = handle;
        Path = path;
        Length = RandomAccess.GetLength(handle);
        _written = File.GetLastWriteTimeUtc(handle);
    }

    /// <summary>The path of the file.</summary>
    public string Path { get; }

    /// <summary>The length in bytes.</summary>
    public long Length { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="RequestException">The file is missing, empty, a folder, or not readable.</exception>
    public static StableFile Open(string path)
    {
        // This open reports errors uniformly. The handle that is kept is for random access, without read-ahead.
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

    /// <summary>Reads bytes from an offset until <paramref name="to"/> is full.</summary>
    /// <exception cref="RequestException">The bytes can't be read, or the file is too short.</exception>
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

    /// <summary>Throws if the file was truncated or written to. The file is checked at most ten times a second.</summary>
    /// <exception cref="RequestException">The file has changed since it was opened.</exception>
    public void RequireUnchanged()
    {
        if (_change is { } known)
        {
            throw new RequestException(known);
        }

        long now = Environment.TickCount64;
        if (now < Interlocked.Read(ref _nextCheck))
        {
            return;
        }

        Interlocked.Exchange(ref _nextCheck, now + CheckIntervalMilliseconds);
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
        Hint = "Restore the original file. Write other data to a different file.",
    };
}
