using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Files;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>Opens every image of a folder once: checks its header, takes its digest, and decodes it where all of them fit the memory.</summary>
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

    /// <summary>The images of each part, and what their headers say.</summary>
    /// <param name="layout">Which files there are.</param>
    /// <param name="options">What is made of them.</param>
    /// <param name="look">Given what the headers say before anything is refused; null where nobody looks.</param>
    /// <exception cref="RequestException">Images can't be read or do not fit the others: every one of them.</exception>
    public static (IReadOnlyList<ImageFiles> Parts, ImageSummary Summary) Read(ImageFolderLayout layout, ImageFolder.Options options, DataPreview? look)
    {
        var reader = new ImageFilesReader(layout, options);
        ImageFiles[] parts = [.. reader._parts.Select((part, i) => reader.ReadPart(i, layout.Classes))];
        ImageSummary summary = reader.Summary(layout, options);
        if (look is not null)
        {
            look.Images = summary;
        }

        ProblemList.ThrowIfAny(reader._problems);
        return (parts, summary);
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
#pragma warning disable CA1031 // Whatever one of many files leads to is told with the file's name.
            catch (Exception failure)
            {
                string firstLine = failure.Message.Split('\n')[0].TrimEnd();
                refusals[i] = new RequestException(new Problem($"The image can't be prepared: {firstLine}") { Where = images[i].Path }, failure);
            }
#pragma warning restore CA1031
        });
        _problems.AddRange(refusals.OfType<RequestException>().SelectMany(r => r.Problems));
        return new ImageFiles(_parts[part].Part, images, digests, _loader, classes, _pixels[part]);
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
            _loader.Check(path, image);
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
