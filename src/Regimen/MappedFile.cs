using System.IO.MemoryMappedFiles;

namespace Regimen;

/// <summary>A file's bytes as memory: the system reads a page when it is first touched, and may drop it again. Whoever keeps
/// <see cref="Pointer"/> must keep this object.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _pointer;

    private MappedFile(MemoryMappedFile file, MemoryMappedViewAccessor view, long length)
    {
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
        FileStream stream = InputFile.Open(path);
        MemoryMappedFile? file = null;
        try
        {
            long length = stream.Length;
            if (length == 0)
            {
                throw new RequestException(new Problem("The file is empty") { Where = path });
            }

            file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            return new MappedFile(file, file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read), length);
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
        }
    }
}
