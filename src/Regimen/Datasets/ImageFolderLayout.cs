namespace Regimen.Datasets;

/// <summary>An image of a folder.</summary>
/// <param name="Path">The file.</param>
/// <param name="Label">Its class.</param>
internal readonly record struct ImageEntry(string Path, int Label);

/// <summary>Which images a folder holds, in which part and class; found without opening a file.</summary>
/// <param name="Root">The folder, as it was asked for.</param>
/// <param name="Classes">The names of the classes, in ordinal order.</param>
/// <param name="Parts">The images of each part by its name, training first; each class by class, and in a class in the ordinal order of
/// their paths.</param>
internal sealed record ImageFolderLayout(string Root, IReadOnlyList<string> Classes, IReadOnlyList<(string Part, ImageEntry[] Images)> Parts)
{
    /// <summary>The folder to train on.</summary>
    public const string Train = "train";

    /// <summary>The folder to validate on.</summary>
    public const string Validation = "val";

    /// <summary>The folder to test on.</summary>
    public const string Test = "test";

    private const string Hint = "Lay it out as ROOT/CLASS/IMAGE, or as ROOT/train/CLASS/IMAGE with val and test beside train.";
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".bmp", ".webp"];

    /// <summary>Files that systems leave behind; they, and names that begin with a dot, are passed over.</summary>
    private static readonly string[] PassedOver = ["Thumbs.db", "desktop.ini"];

    /// <summary>Looks at the names in a folder.</summary>
    /// <exception cref="RequestException">It is not laid out as it should be: all that is wrong.</exception>
    public static ImageFolderLayout Scan(string root)
    {
        DataFolder.Require(root, $"Set data.root=FOLDER. {Hint}");
        List<Problem> problems = [];
        string[] parts = PartsOf(root, problems);
        string[] roots = parts.Length == 0 ? [root] : [.. parts.Select(p => Path.Combine(root, p))];
        string[] classes = Folders(roots[0]);
        if (classes.Length < 2)
        {
            problems.Add(new Problem(classes.Length == 0 ? "The folder has no classes" : "The folder has one class only")
            {
                Where = roots[0],
                Expected = "a folder for each of two classes or more",
                Received = classes.Length == 0 ? "no folder" : classes[0],
                Hint = Hint,
            });
        }

        var found = new List<(string, ImageEntry[])>();
        for (int i = 0; i < roots.Length; i++)
        {
            found.Add((parts.Length == 0 ? Train : parts[i], [.. Images(roots[i], classes, isTraining: i == 0, problems)]));
        }

        ProblemList.ThrowIfAny(problems);
        return new ImageFolderLayout(root, classes, found);
    }

    /// <summary>train, val and test, as far as they are there; none where the folder's own folders are the classes.</summary>
    private static string[] PartsOf(string root, List<Problem> problems)
    {
        string train = Path.Combine(root, Train);
        if (!Directory.Exists(train) || (Folders(train).Length == 0 && Files(train).Any(IsImage)))
        {
            return [];
        }

        string[] all = Folders(root);
        string[] others = [.. all.Except([Train, Validation, Test])];
        if (others.Length > 0)
        {
            problems.Add(new Problem("Beside a train folder there are others than val and test")
            {
                Where = root,
                Expected = "train, and where wanted val and test",
                Received = string.Join(", ", others.Take(5)) + (others.Length > 5 ? " …" : ""),
                Hint = Hint,
            });
        }

        return [.. new[] { Train, Validation, Test }.Where(all.Contains)];
    }

    private static List<ImageEntry> Images(string root, string[] classes, bool isTraining, List<Problem> problems)
    {
        problems.AddRange(Files(root).Where(IsImage).Select(file => new Problem("The image lies in no class's folder") { Where = file, Hint = Hint }));
        var images = new List<ImageEntry>();
        foreach (string name in Folders(root))
        {
            int label = Array.BinarySearch(classes, name, StringComparer.Ordinal);
            string folder = Path.Combine(root, name);
            if (label < 0)
            {
                problems.Add(new Problem("Training has no such class") { Where = folder, Expected = $"one of {string.Join(", ", classes)}", Received = name });
                continue;
            }

            int before = images.Count;
            foreach (string file in Files(folder, below: true))
            {
                if (IsImage(file))
                {
                    images.Add(new ImageEntry(file, label));
                }
                else
                {
                    problems.Add(new Problem("This is not an image by its name")
                    {
                        Where = file,
                        Expected = string.Join(", ", Extensions),
                        Hint = "Take it out of the folder, or begin its name with a dot.",
                    });
                }
            }

            if (isTraining && images.Count == before)
            {
                problems.Add(new Problem("The class has no images") { Where = folder, Expected = $"a file that ends in {string.Join(", ", Extensions)}" });
            }
        }

        if (!isTraining && images.Count == 0)
        {
            problems.Add(new Problem("The part has no images") { Where = root, Hint = "Fill the folder, or remove it." });
        }

        return images;
    }

    private static bool IsImage(string file) => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    private static string[] Folders(string root)
    {
        string[] names = [.. Directory.GetDirectories(root).Select(d => Path.GetFileName(d)!).Where(d => !d.StartsWith('.'))];
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    /// <summary>Files by their paths with <c>/</c>, in ordinal order: the same on every system.</summary>
    private static string[] Files(string root, bool below = false)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = below, AttributesToSkip = 0, IgnoreInaccessible = false, MaxRecursionDepth = 16 };
        string[] files = [.. Directory.GetFiles(root, "*", options).Where(f => !IsPassedOver(Path.GetRelativePath(root, f)))];
        string[] names = [.. files.Select(f => Path.GetRelativePath(root, f).Replace(Path.DirectorySeparatorChar, '/'))];
        Array.Sort(names, files, StringComparer.Ordinal);
        return files;
    }

    private static bool IsPassedOver(string relative)
        => PassedOver.Contains(Path.GetFileName(relative)) || relative.Split(Path.DirectorySeparatorChar).Any(name => name.StartsWith('.'));
}
