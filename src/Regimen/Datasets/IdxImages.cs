using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Grey images with labels in four idx files, as MNIST is laid out and all sets that followed its form.</summary>
public static class IdxImages
{
    private static readonly Part TrainPart = new("train-images-idx3-ubyte", "train-labels-idx1-ubyte");
    private static readonly Part TestPart = new("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");

    /// <summary>Reads the training and the test images of a folder, both at once.</summary>
    /// <param name="root">The folder, from the working directory where it is not absolute. Each file may be there plain or, with
    /// <c>.gz</c> behind its name, packed; where both are, the plain one is read.</param>
    /// <param name="classes">The names of the classes, by label.</param>
    /// <returns>Images of shape <c>[1, height, width]</c>, in the order of the files.</returns>
    /// <exception cref="RequestException">The folder or a file is missing or damaged, images and labels differ in number, a label is
    /// outside the classes, or training and test images differ in shape. All that is wrong is told at once.</exception>
    public static (ImageDataset Train, ImageDataset Test) Read(string root, IReadOnlyList<string> classes)
    {
        string folder = Path.GetFullPath(root);
        if (!Directory.Exists(folder))
        {
            throw new RequestException(new Problem(File.Exists(folder) ? "The data folder is a file" : "There is no such data folder")
            {
                Where = root,
                Expected = $"a folder at {folder}",
                Received = $"the working directory {Directory.GetCurrentDirectory()}",
                Hint = "Run from the project's root, or set data.root=FOLDER.",
            });
        }

        Part[] parts = [TrainPart, TestPart];
        RequireFiles(root, folder, parts);
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
            : throw new RequestException(new Problem("Training and test images differ in shape")
            {
                Where = $"{files[0].Path} and {files[2].Path}",
                Expected = $"{train.SampleShape} in both",
                Received = $"{test.SampleShape} in the test images",
                Hint = "Take both from the same data set.",
            });
    }

    /// <summary>The splits of a set that comes as a training and a test part: some of the training part is held out for validation, and
    /// all samples are normalised alike.</summary>
    /// <param name="train">The training part.</param>
    /// <param name="test">The test part, which stays whole.</param>
    /// <param name="limit">Only the first so many training samples, before the split; null for all.</param>
    /// <param name="validationFraction">The part to hold out, from 0 to below 1.</param>
    /// <param name="normalize">What is done to every sample.</param>
    /// <param name="seed">The run's seed, from which the held-out samples are drawn.</param>
    /// <exception cref="RequestException">A validation set is wanted and would be empty, or nothing would be left to train on.</exception>
    public static DataSplits Split(IDataset train, IDataset test, int? limit, double validationFraction, Normalize normalize, ulong seed)
    {
        if (limit is { } first)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(first, 1, nameof(limit));
            train = first < train.Count ? new Subset(train, [.. Enumerable.Range(0, first)]) : train;
        }

        (Subset remaining, Subset heldOut) = RandomSplit.HoldOut(train, validationFraction, seed);
        if (remaining.Count == 0 || (heldOut.Count == 0 && validationFraction > 0))
        {
            throw new RequestException(new Problem($"A split leaves no sample for {(remaining.Count == 0 ? "training" : "validation")}")
            {
                Where = "data.validation_fraction",
                Expected = "a fraction that leaves at least one sample in each part",
                Received = FormattableString.Invariant($"{validationFraction} of {train.Count} samples"),
                Hint = "Raise data.limit, or set data.validation_fraction=0 for no validation.",
            });
        }

        return new DataSplits
        {
            Train = remaining,
            Validation = heldOut.Count > 0 ? heldOut : null,
            Test = test,
            TrainTransforms = [normalize],
            EvalTransforms = [normalize],
        };
    }

    private static void RequireFiles(string root, string folder, Part[] parts)
    {
        Problem[] missing =
        [
            .. parts.SelectMany(part => new[] { part.Images, part.Labels })
                .Where(name => FindFile(root, name) is null)
                .Select(name => new Problem("A file of the data set is missing")
                {
                    Where = Path.Combine(root, name),
                    Expected = $"{name} or {name}.gz in {folder}",
                    Hint = "Put the four files there, or set data.root=FOLDER.",
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
            problems.Add(new Problem("Images and labels differ in number")
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
            problems.Add(new Problem("A label is outside the classes")
            {
                Where = labels.Place(labels.DataOffset + wrong),
                Expected = $"a label from 0 to {classes.Count - 1}",
                Received = $"{bytes[wrong]}",
                Hint = "The file is damaged, or belongs to a data set with more classes.",
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
            problems.Add(new Problem("The file holds something else")
            {
                Where = file.Path,
                Expected = $"unsigned bytes of shape {shape}",
                Received = $"{file.ElementType} of shape [{string.Join(", ", file.Dimensions)}]",
                Hint = "Images and labels may have been exchanged.",
            });
        }
    }

    private sealed record Part(string Images, string Labels);
}
