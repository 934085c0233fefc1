using Regimen.Data;
using Regimen.Downloads;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>Loads greyscale images with labels from four idx files, the layout of MNIST and related data sets.</summary>
public static class IdxImages
{
    private static readonly Part TrainPart = new("train-images-idx3-ubyte", "train-labels-idx1-ubyte");
    private static readonly Part TestPart = new("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");

    /// <summary>Loads the splits of a data set with this layout.</summary>
    /// <param name="options">The options.</param>
    /// <param name="classes">The names of the classes, by label.</param>
    /// <param name="published">The four published files.</param>
    /// <param name="hint">The hint of the message if a file is missing, besides downloading it.</param>
    /// <param name="context">The run's seed for the split, and the downloader.</param>
    /// <exception cref="RequestException">A file is missing or damaged, or a split would be empty.</exception>
    public static DataSplits Load(
        IdxOptions options, IReadOnlyList<string> classes, IReadOnlyList<PublicFile> published, string hint, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        string root = IncludedData.Find(options.Root);
        if (options.Download)
        {
            PublicFile[] missing = [.. published.Where(f => FindFile(root, Path.ChangeExtension(f.Name, null)) is null)];
            context.Downloader.Fetch(options.Url, missing, root, context.CancellationToken);
        }

        (ImageDataset train, ImageDataset test) = Read(root, classes, $"{hint} Set data.download=true to download them.");
        DataSplits splits = TrainTest.Split(
            TrainTest.First(train, options.Limit),
            validation: null,
            test,
            options.Split(root, train.Count),
            [],
            context.Seed);
        return MeasuredPixels.Normalize(
            splits, options.Mean is { } mean ? [mean] : null, options.Std is { } std ? [std] : null, context.CancellationToken);
    }

    /// <summary>Reads the training and test images of a folder.</summary>
    /// <param name="root">The folder, absolute or relative to the working directory. Each file may be uncompressed, or compressed with
    /// <c>.gz</c> appended to its name. If both exist, the uncompressed file is read.</param>
    /// <param name="classes">The names of the classes, by label.</param>
    /// <param name="hint">The hint of the message if a file is missing.</param>
    /// <returns>Images of shape <c>[1, height, width]</c>, in the order of the files.</returns>
    /// <exception cref="RequestException">The folder or a file is missing or damaged, the numbers of images and labels differ, a label is
    /// out of range, or the shapes of training and test images differ. All problems are reported together.</exception>
    public static (ImageDataset Train, ImageDataset Test) Read(string root, IReadOnlyList<string> classes, string hint)
    {
        string folder = DataFolder.Require(root, hint);
        Part[] parts = [TrainPart, TestPart];
        RequireFiles(root, folder, parts, hint);
        IdxFile[] files = ReadTogether([.. parts.SelectMany(part => new[] { part.Images, part.Labels }).Select(name => FindFile(root, name)!)]);

        List<Problem> problems = [];
        ImageDataset? train = Assemble(files[0], files[1], classes, problems);
        ImageDataset? test = Assemble(files[2], files[3], classes, problems);
        if (train is null || test is null)
        {
            throw new RequestException(problems);
        }

        return train.SampleShape == test.SampleShape
            ? (train, test)
            : throw new RequestException(new Problem("The shapes of training and test images differ")
            {
                Where = $"{files[0].Path} and {files[2].Path}",
                Expected = $"{train.SampleShape} in both",
                Received = $"{test.SampleShape} in the test images",
                Hint = "Take both from the same data set.",
            });
    }

    private static void RequireFiles(string root, string folder, Part[] parts, string hint)
    {
        Problem[] missing =
        [
            .. parts.SelectMany(part => new[] { part.Images, part.Labels })
                .Where(name => FindFile(root, name) is null)
                .Select(name => new Problem("A file of the data set is missing")
                {
                    Where = Path.Combine(root, name),
                    Expected = $"{name} or {name}.gz in {folder}",
                    Hint = hint,
                }),
        ];
        if (missing.Length > 0)
        {
            throw new RequestException(missing);
        }
    }

    private static string? FindFile(string root, string name)
    {
        string plain = Path.Combine(root, name);
        string packed = plain + ".gz";
        return Path.Exists(plain) ? plain : Path.Exists(packed) ? packed : null;
    }

    private static IdxFile[] ReadTogether(string[] paths)
    {
        var files = new IdxFile[paths.Length];
        var refusals = new RequestException?[paths.Length];
        Parallel.For(0, paths.Length, i =>
        {
            try
            {
                files[i] = IdxFile.Read(paths[i]);
            }
            catch (RequestException e)
            {
                refusals[i] = e;
            }
#pragma warning disable CA1031 // Any failure is reported with the name of its file.
            catch (Exception e)
            {
                refusals[i] = InputFile.Unreadable(paths[i], e);
            }
#pragma warning restore CA1031
        });
        Problem[] problems = [.. refusals.OfType<RequestException>().SelectMany(e => e.Problems)];
        return problems.Length == 0 ? files : throw new RequestException(problems, refusals.OfType<RequestException>().First());
    }

    private static ImageDataset? Assemble(IdxFile images, IdxFile labels, IReadOnlyList<string> classes, List<Problem> problems)
    {
        int before = problems.Count;
        RequireBytes(images, rank: 3, "[count, height, width]", problems);
        RequireBytes(labels, rank: 1, "[count]", problems);
        if (problems.Count > before)
        {
            return null;
        }

        if (images.Dimensions[0] != labels.Dimensions[0])
        {
            problems.Add(new Problem("The numbers of images and labels differ")
            {
                Where = $"{images.Path} and {labels.Path}",
                Expected = $"a label for each of the {images.Dimensions[0]} images",
                Received = $"{labels.Dimensions[0]} labels",
                Hint = "Take both from the same data set.",
            });
            return null;
        }

        byte[] bytes = labels.GetBytes();
        int wrong = bytes.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(classes.Count - 1));
        if (wrong >= 0)
        {
            problems.Add(new Problem("A label is out of range")
            {
                Where = labels.Place(labels.DataOffset + wrong),
                Expected = $"a label from 0 to {classes.Count - 1}",
                Received = $"{bytes[wrong]}",
                Hint = "The file is damaged or belongs to a data set with more classes.",
            });
            return null;
        }

        return new ImageDataset(
            images.GetBytes(), Array.ConvertAll(bytes, label => (int)label), new SampleShape(1, images.Dimensions[1], images.Dimensions[2]), classes);
    }

    private static void RequireBytes(IdxFile file, int rank, string shape, List<Problem> problems)
    {
        if (file.ElementType != IdxElementType.UInt8 || file.Dimensions.Count != rank)
        {
            problems.Add(new Problem("The file has the wrong type or shape")
            {
                Where = file.Path,
                Expected = $"unsigned bytes of shape {shape}",
                Received = $"{file.ElementType} of shape [{string.Join(", ", file.Dimensions)}]",
                Hint = "The files of images and labels may be swapped.",
            });
        }
    }

    private sealed record Part(string Images, string Labels);
}
