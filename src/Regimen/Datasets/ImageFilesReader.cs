using System.Security.Cryptography;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>Opens every image of a folder once: checks its header, takes its digest, and decodes it where all of them fit the memory.</summary>
internal sealed class ImageFilesReader
{
    private readonly (string Part, ImageEntry[] Images)[] _parts;
    private readonly ImageLoader _loader;
    private readonly byte[]?[] _pixels;
    private readonly List<Problem> _problems = [];

    private ImageFilesReader(ImageFolderLayout layout, ImageFolder.Options options)
    {
        _parts = [.. layout.Parts];
        _loader = LoaderFor(layout, options);
        long bytes = _parts.Sum(p => p.Images.LongLength) * _loader.Shape.Elements;
        bool fits = bytes <= (long)options.MemoryMb << 20 && _parts.All(p => p.Images.LongLength * _loader.Shape.Elements <= Array.MaxLength);
        _pixels = [.. _parts.Select(p => fits ? GC.AllocateUninitializedArray<byte>(p.Images.Length * _loader.Shape.Elements) : null)];
    }

    /// <summary>The images of each part.</summary>
    /// <exception cref="RequestException">Images can't be read or do not fit the others: every one of them.</exception>
    public static IReadOnlyList<ImageFiles> Read(ImageFolderLayout layout, ImageFolder.Options options)
    {
        var reader = new ImageFilesReader(layout, options);
        ImageFiles[] parts = [.. reader._parts.Select((part, i) => reader.ReadPart(i, layout.Classes))];
        ProblemList.ThrowIfAny(reader._problems);
        return parts;
    }

    /// <summary>What a sample is follows from the options and from the first training image that can be opened.</summary>
    private static ImageLoader LoaderFor(ImageFolderLayout layout, ImageFolder.Options options)
    {
        var problems = new List<Problem>();
        foreach (ImageEntry entry in layout.Parts[0].Images)
        {
            try
            {
                using EncodedImage image = EncodedImage.Open(entry.Path, EncodedImage.ReadFile(entry.Path));
                return new ImageLoader(image, entry.Path, options);
            }
            catch (RequestException refusal)
            {
                problems.AddRange(refusal.Problems);
            }
        }

        ProblemList.ThrowIfAny(problems);
        throw new InvalidOperationException("A layout has training images.");
    }

    private ImageFiles ReadPart(int part, IReadOnlyList<string> classes)
    {
        ImageEntry[] images = _parts[part].Images;
        var digests = new byte[images.Length][];
        var refusals = new RequestException?[images.Length];
        Parallel.For(0, images.Length, i =>
        {
            try
            {
                digests[i] = ReadImage(part, i);
            }
            catch (RequestException refusal)
            {
                refusals[i] = refusal;
            }
        });
        _problems.AddRange(refusals.OfType<RequestException>().SelectMany(r => r.Problems));
        return new ImageFiles(_parts[part].Part, images, digests, _loader, classes, _pixels[part]);
    }

    private byte[] ReadImage(int part, int index)
    {
        string path = _parts[part].Images[index].Path;
        byte[] bytes = EncodedImage.ReadFile(path);
        int size = _loader.Shape.Elements;
        if (_pixels[part] is { } pixels)
        {
            _loader.Load(path, bytes, pixels.AsSpan(index * size, size));
        }
        else
        {
            _loader.Check(path, bytes);
        }

        return SHA256.HashData(bytes);
    }
}
