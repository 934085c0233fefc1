using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Files;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>Opens every image of a folder once: checks its header, computes its digest, and decodes it if all images fit in the memory
/// limit.</summary>
internal sealed class ImageFilesReader
{
    private readonly (string Part, ImageEntry[] Images)[] _parts;
    private readonly ImageLoader _loader;
    private readonly byte[]?[] _pixels;
    private readonly ImageFacts?[][] _facts;
    private readonly List<Problem> _problems = [];

    private ImageFilesReader(ImageFolderLayout layout, ImageFolder.Options options)
    {
        _parts = [.. layout.Parts];
        _loader = LoaderFor(layout, options);
        _facts = [.. _parts.Select(p => new ImageFacts?[p.Images.Length])];
        long bytes = _parts.Sum(p => p.Images.LongLength) * _loader.Shape.Elements;
        bool fits = bytes <= (long)options.MemoryMb << 20 && _parts.All(p => p.Images.LongLength * _loader.Shape.Elements <= Array.MaxLength);
        _pixels = [.. _parts.Select(p => fits ? GC.AllocateUninitializedArray<byte>(p.Images.Length * _loader.Shape.Elements) : null)];
    }

    /// <summary>Reads the images of each split and summarises their headers.</summary>
    /// <param name="layout">The files.</param>
    /// <param name="options">The options.</param>
    /// <param name="look">Receives the summary before problems are reported; null for no preview.</param>
    /// <exception cref="RequestException">Images can't be read or do not match the others; the exception lists them.</exception>
    public static (IReadOnlyList<EncodedImages> Parts, ImageSummary Summary) Read(ImageFolderLayout layout, ImageFolder.Options options, DataPreview? look)
    {
        var reader = new ImageFilesReader(layout, options);
        EncodedImages[] parts = [.. reader._parts.Select((part, i) => reader.ReadPart(i, layout.Classes))];
        ImageSummary summary = reader.Summary(layout, options);
        if (look is not null)
        {
            look.Images = summary;
        }

        ProblemList.ThrowIfAny(reader._problems);
        return (parts, summary);
    }

    /// <summary>Creates the loader from the options and the first training image that can be opened, which determine the sample shape.</summary>
    private static ImageLoader LoaderFor(ImageFolderLayout layout, ImageFolder.Options options)
    {
        var problems = new List<Problem>();
        foreach (ImageEntry entry in layout.Parts[0].Images)
        {
            try
            {
                using EncodedImage image = EncodedImage.Open(entry.Path, EncodedImage.ReadFile(entry.Path));
                return new ImageLoader(image.Facts, entry.Path, options);
            }
            catch (RequestException refusal)
            {
                problems.AddRange(refusal.Problems);
            }
        }

        ProblemList.ThrowIfAny(problems);
        throw new InvalidOperationException("Expected a layout with training images.");
    }

    private EncodedImages ReadPart(int part, IReadOnlyList<string> classes)
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
#pragma warning disable CA1031 // Any failure is reported with the name of its file.
            catch (Exception failure)
            {
                string firstLine = failure.Message.Split('\n')[0].TrimEnd();
                refusals[i] = new RequestException(new Problem($"Unable to load the image: {firstLine}") { Where = images[i].Path }, failure);
            }
#pragma warning restore CA1031
        });
        _problems.AddRange(refusals.OfType<RequestException>().SelectMany(r => r.Problems));
        return new EncodedImages(_parts[part].Part, new ImageFiles(images, digests), _loader, classes, _pixels[part]) { Facts = _facts[part] };
    }

    private byte[] ReadImage(int part, int index)
    {
        string path = _parts[part].Images[index].Path;
        byte[] bytes = EncodedImage.ReadFile(path);
        using EncodedImage image = EncodedImage.Open(path, bytes);
        _facts[part][index] = image.Facts;
        int size = _loader.Shape.Elements;
        if (_pixels[part] is { } pixels)
        {
            _loader.Load(path, image, pixels.AsSpan(index * size, size));
        }
        else
        {
            _loader.Check(path, image.Facts);
        }

        return SHA256.HashData(bytes);
    }

    private ImageSummary Summary(ImageFolderLayout layout, ImageFolder.Options options)
    {
        HashSet<FileIdentity> training = [.. _parts[0].Images.Select(i => i.Identity).OfType<FileIdentity>()];
        return new ImageSummary(
            [.. _parts.Select((part, i) => ImageSurvey.Of(part.Part, part.Images, _facts[i], training))],
            _pixels[0] is not null,
            _parts.Sum(p => p.Images.LongLength) * _loader.Shape.Elements,
            options.ApplyOrientation,
            layout.Repeated);
    }
}
