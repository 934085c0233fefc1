using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Regimen;

/// <summary>A file's bytes as memory: the system reads a page when it is first touched, and may drop it again. Whoever keeps
/// <see cref="Pointer"/> must keep this object.</summary>
internal sealed unsafe partial class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeFileHandle _scattered;
    private byte* _pointer;

    private MappedFile(MemoryMappedFile file, MemoryMappedViewAccessor view, SafeFileHandle scattered, long length)
    {
        _scattered = scattered;
        _file = file;
        _view = view;
        Length = length;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _pointer);
    }

    /// <summary>Gives the mapping back where nobody disposed it.</summary>
    ~MappedFile() => Release();

    /// <summary>How many bytes there are.</summary>
    public long Length { get; }

    /// <summary>The first byte.</summary>
    public byte* Pointer => _pointer is null ? throw new ObjectDisposedException(nameof(MappedFile)) : _pointer;

    /// <summary>Maps a file that is not empty.</summary>
    /// <exception cref="RequestException">It is missing, empty, a folder, or may not be read.</exception>
    public static MappedFile Open(string path)
    {
        FileStream stream = InputFile.OpenRegular(path);
        MemoryMappedFile? file = null;
        try
        {
            long length = stream.Length;
            if (length == 0)
            {
                throw new RequestException(new Problem("The file is empty") { Where = path });
            }

            file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            SafeFileHandle scattered = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
            return new MappedFile(file, file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read), scattered, length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            file?.Dispose();
            throw InputFile.Unreadable(path, exception);
        }
        finally
        {
            if (file is null)
            {
                stream.Dispose();
            }
        }
    }

    /// <summary>Copies bytes that lie anywhere, without the mapping: what is read takes no memory of this process but <paramref name="to"/>,
    /// and a file that was cut meanwhile is an error instead of the process's end.</summary>
    /// <exception cref="IOException">They can't be read.</exception>
    public void ReadAt(long offset, Span<byte> to)
    {
        while (!to.IsEmpty)
        {
            int read = RandomAccess.Read(_scattered, to, offset);
            if (read == 0)
            {
                throw new EndOfStreamException($"The file ends at byte {offset}: it was cut while it was in use.");
            }

            offset += read;
            to = to[read..];
        }
    }

    /// <summary>Gives back the pages that were read through the mapping. The system may still have them.</summary>
    public void Forget()
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            const int dontNeed = 4;
            _ = Advise(Pointer, (nuint)Length, dontNeed);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (_pointer is not null)
        {
            _pointer = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
            _scattered.Dispose();
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* start, nuint length, int advice);
}
