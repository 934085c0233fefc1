using System.Globalization;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>The text files of a data set, joined. Offsets count the bytes of all files without their byte order marks.</summary>
/// <remarks>No file stays open, because a folder may have more files than a process may open. Each read checks that its file is
/// unchanged.</remarks>
internal sealed class TextSource
{
    private const string Extension = ".txt";
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];
    private readonly TextFile[] _files;
    private readonly long[] _starts;

    private TextSource(string path, TextFile[] files)
    {
        Path = path;
        _files = files;
        _starts = new long[files.Length];
        for (int i = 1; i < files.Length; i++)
        {
            _starts[i] = _starts[i - 1] + files[i - 1].Length;
        }

        Length = _starts[^1] + files[^1].Length;
    }

    /// <summary>The file or folder as the user wrote it.</summary>
    public string Path { get; }

    /// <summary>The number of bytes.</summary>
    public long Length { get; }

    /// <summary>The number of files.</summary>
    public int Files => _files.Length;

    /// <summary>Opens a text file or a folder of text files.</summary>
    /// <exception cref="RequestException">There is no text.</exception>
    public static TextSource Open(string path)
    {
        string[] files = Directory.Exists(path) ? In(path) : [path];
        var source = new TextSource(path, [.. files.Select(TextFile.Open)]);
        return source.Length > 0 ? source : throw new RequestException(new Problem("The text is empty")
        {
            Where = path,
            Expected = "a text",
            Received = files.Length == 1 ? "an empty file" : $"{files.Length} empty files",
        });
    }

    /// <summary>Reads bytes from an offset, up to the end of the file at that offset.</summary>
    /// <param name="offset">From 0 to below <see cref="Length"/>.</param>
    /// <param name="to">Receives the bytes.</param>
    /// <returns>The number of bytes, at least 1, and whether the file ends there.</returns>
    /// <exception cref="RequestException">A file can't be read, or was changed since it was opened.</exception>
    public (int Count, bool EndsFile) Read(long offset, Span<byte> to)
    {
        (int file, long within) = Find(offset);
        int count = (int)Math.Min(to.Length, _files[file].Length - within);
        _files[file].Read(within, to[..count]);
        return (count, within + count == _files[file].Length);
    }

    /// <summary>Returns the nearest offset, not before the given one, at which a character begins.</summary>
    public long CharacterAt(long offset)
    {
        Span<byte> one = stackalloc byte[1];
        while (offset < Length)
        {
            Read(offset, one);
            if ((one[0] & 0xC0) != 0x80)
            {
                break;
            }

            offset++;
        }

        return offset;
    }

    /// <summary>Returns a file and the place in it as messages name them.</summary>
    public string Place(long offset)
    {
        (int file, long within) = Find(offset);
        return string.Create(CultureInfo.InvariantCulture, $"{_files[file].Path}, byte {within + _files[file].Start}, counted from 0");
    }

    private (int File, long Within) Find(long offset)
    {
        int file = Array.BinarySearch(_starts, offset);
        file = file >= 0 ? file : ~file - 1;

        // Empty files share their start with the file after them.
        while (_files[file].Length == 0 || (file + 1 < _files.Length && _starts[file + 1] <= offset))
        {
            file++;
        }

        return (file, offset - _starts[file]);
    }

    private static string[] In(string folder)
    {
        var listing = new FolderFiles(folder);
        string[] files = [.. listing.FilesBelow(folder).Select(f => f.Path).Where(p => System.IO.Path.GetExtension(p).Equals(Extension, StringComparison.OrdinalIgnoreCase))];
        ProblemList.ThrowIfAny(listing.Problems);
        return files.Length > 0 ? files : throw new RequestException(new Problem("The folder has no text files")
        {
            Where = folder,
            Expected = $"at least one file *{Extension}, also in subfolders",
            Hint = $"Name the files *{Extension}, or set data.path to one file of any name.",
        });
    }

    /// <summary>A file, and what it was when it was opened.</summary>
    private sealed record TextFile(string Path, int Start, long Length, DateTime Written)
    {
        public static TextFile Open(string path)
        {
            try
            {
                using FileStream file = InputFile.OpenRegular(path, "Set data.path to a UTF-8 text file or a folder of such files.");
                byte[] first = new byte[ByteOrderMark.Length];
                int start = file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) == first.Length && first.AsSpan().SequenceEqual(ByteOrderMark) ? first.Length : 0;
                return new TextFile(path, start, file.Length - start, File.GetLastWriteTimeUtc(file.SafeFileHandle));
            }
            catch (IOException exception)
            {
                throw InputFile.Unreadable(path, exception);
            }
        }

        public void Read(long within, Span<byte> to)
        {
            try
            {
                using FileStream file = InputFile.OpenRegular(Path);
                bool isSame = file.Length - Start == Length && File.GetLastWriteTimeUtc(file.SafeFileHandle) == Written;
                file.Seek(Start + within, SeekOrigin.Begin);
                if (!isSame || file.ReadAtLeast(to, to.Length, throwOnEndOfStream: false) < to.Length)
                {
                    throw new RequestException(new Problem("The file was changed while it was in use")
                    {
                        Where = Path,
                        Expected = string.Create(CultureInfo.InvariantCulture, $"{Length + Start} bytes, last written {Written:yyyy-MM-dd HH:mm:ss.fff} UTC"),
                        Received = string.Create(CultureInfo.InvariantCulture, $"{file.Length} bytes, last written {File.GetLastWriteTimeUtc(file.SafeFileHandle):yyyy-MM-dd HH:mm:ss.fff} UTC"),
                        Hint = "Restore the original file. Write another text to a different file.",
                    });
                }
            }
            catch (IOException exception)
            {
                throw InputFile.Unreadable(Path, exception);
            }
        }
    }
}
