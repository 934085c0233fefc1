using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>Reads the images of an idx file one after the other, so that a file of any size needs the memory of a few images.</summary>
internal sealed class IdxRows : IDisposable
{
    private readonly FileStream _file;
    private readonly IdxSource _source;
    private readonly long _whole;

    private IdxRows(FileStream file, IdxSource source, IReadOnlyList<int> dimensions, long whole)
    {
        _file = file;
        _source = source;
        Dimensions = dimensions;
        _whole = whole;
    }

    /// <summary>The dimensions, outermost first.</summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>Opens a file of bytes.</summary>
    /// <exception cref="RequestException">It can't be read, is damaged, or has values of another type.</exception>
    public static IdxRows Open(string path)
    {
        FileStream file = InputFile.OpenRegular(path);
        IdxSource? source = null;
        try
        {
            source = IdxSource.Open(file, path);
            (IdxElementType type, int[] dimensions, int length) = IdxFile.ReadHeader(source);
            return type == IdxElementType.UInt8
                ? new IdxRows(file, source, dimensions, 4 + (4L * dimensions.Length) + length)
                : throw new RequestException(new Problem("The file has values of the wrong type") { Where = path, Expected = "unsigned bytes: pixels from 0 to 255", Received = $"{type}" });
        }
        catch
        {
            source?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next images.</summary>
    /// <exception cref="RequestException">The file is damaged or truncated.</exception>
    public void Read(Span<byte> images) => _source.ReadValues(images, _whole);

    /// <summary>Checks that the file ends after the images.</summary>
    /// <exception cref="RequestException">It does not.</exception>
    public void RequireEnd() => _source.RequireEnd(_whole);

    /// <inheritdoc/>
    public void Dispose()
    {
        _source.Dispose();
        _file.Dispose();
    }
}
