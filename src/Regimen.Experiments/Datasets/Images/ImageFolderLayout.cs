using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>An image of a folder.</summary>
/// <param name="Path">The file.</param>
/// <param name="Label">Its class.</param>
/// <param name="Identity">Which file that is; null for a link that leads nowhere.</param>
internal readonly record struct ImageEntry(string Path, int Label, FileIdentity? Identity);

/// <summary>Which images a folder holds, in which part and class; found without opening a file.</summary>
/// <param name="Root">The folder, as it was asked for.</param>
/// <param name="Classes">The names of the classes, in ordinal order.</param>
/// <param name="Parts">The images of each part by its name, training first; each class by class, and in a class in the ordinal order of
/// their paths.</param>
/// <param name="Repeated">Links that were not followed and further names of files in the same class.</param>
internal sealed record ImageFolderLayout(string Root, IReadOnlyList<string> Classes, IReadOnlyList<(string Part, ImageEntry[] Images)> Parts, int Repeated)
{
    /// <summary>The folder to train on.</summary>
    public const string Train = "train";

    /// <summary>The folder to validate on.</summary>
    public const string Validation = "val";

    /// <summary>The folder to test on.</summary>
    public const string Test = "test";

    private const string Hint = "Lay it out as ROOT/CLASS/IMAGE, or as ROOT/train/CLASS/IMAGE with val and test beside train.";
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".bmp", ".webp"];

    /// <summary>Looks at the names in a folder.</summary>
    /// <exception cref="RequestException">It is not laid out as it should be: all that is wrong.</exception>
    public static ImageFolderLayout Scan(string root)
    {
        DataFolder.Require(root, $"Set data.root=FOLDER. {Hint}");
        var folders = new FolderFiles(root);
        List<Problem> problems = folders.Problems;
        string[] parts = PartsOf(root, folders);
        ProblemList.ThrowIfAny(problems);
        string[] roots = parts.Length == 0 ? [root] : [.. parts.Select(p => Path.Combine(root, p))];
        string[] classes = folders.FoldersIn(roots[0]);
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
            found.Add((parts.Length == 0 ? Train : parts[i], [.. Images(roots[i], classes, isTraining: i == 0, folders)]));
        }

        RequireOneClassAFile(found, classes, problems);
        ProblemList.ThrowIfAny(problems);
        return new ImageFolderLayout(root, classes, found, folders.Repeated);
    }

    /// <summary>train, val and test, as far as they are there; none where the folder's own folders are the classes.</summary>
    private static string[] PartsOf(string root, FolderFiles folders)
    {
        string[] all = folders.FoldersIn(root);
        if (!all.Contains(Train) || IsClass(Train))
        {
            string[] likely = [.. all.Where(name => LikelyParts.PartOf(name) is not null && !IsClass(name) && folders.FoldersIn(Path.Combine(root, name)).Length > 0)];
            if (likely.Length > 0)
            {
                folders.Problems.Add(new Problem("Folders look like parts of the data, not like classes")
                {
                    Where = root,
                    Expected = "train, and where wanted val and test, in this spelling; or a folder for each class",
                    Received = string.Join(", ", likely),
                    Hint = LikelyParts.Hint(likely) ?? "Put a folder named train beside them. Where they are classes, put their images directly into them.",
                });
            }

            return [];
        }

        string[] others = [.. all.Except([Train, Validation, Test])];
        if (others.Length > 0)
        {
            folders.Problems.Add(new Problem("Beside a train folder there are others than val and test")
            {
                Where = root,
                Expected = "train, and where wanted val and test",
                Received = string.Join(", ", others.Take(5)) + (others.Length > 5 ? " …" : ""),
                Hint = LikelyParts.Hint(others) ?? Hint,
            });
        }

        return [.. new[] { Train, Validation, Test }.Where(all.Contains)];

        bool IsClass(string name)
        {
            string folder = Path.Combine(root, name);
            return folders.FoldersIn(folder).Length == 0 && folders.FilesIn(folder).Any(f => IsImage(f.Path));
        }
    }

    private static List<ImageEntry> Images(string root, string[] classes, bool isTraining, FolderFiles folders)
    {
        List<Problem> problems = folders.Problems;
        problems.AddRange(folders.FilesIn(root).Where(f => IsImage(f.Path)).Select(f => new Problem("The image lies in no class's folder") { Where = f.Path, Hint = Hint }));
        var images = new List<ImageEntry>();
        foreach (string name in folders.FoldersIn(root))
        {
            int label = Array.BinarySearch(classes, name, StringComparer.Ordinal);
            string folder = Path.Combine(root, name);
            if (label < 0)
            {
                problems.Add(new Problem("Training has no such class") { Where = folder, Expected = $"one of {string.Join(", ", classes)}", Received = name });
                continue;
            }

            int before = images.Count;
            foreach (FoundFile file in folders.FilesBelow(folder))
            {
                if (IsImage(file.Path))
                {
                    images.Add(new ImageEntry(file.Path, label, file.Identity));
                }
                else
                {
                    problems.Add(new Problem("This is not an image by its name")
                    {
                        Where = file.Path,
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

    /// <summary>A file that links put into two classes would be learned as both.</summary>
    private static void RequireOneClassAFile(List<(string Part, ImageEntry[] Images)> parts, string[] classes, List<Problem> problems)
    {
        var known = new Dictionary<FileIdentity, ImageEntry>();
        foreach (ImageEntry image in parts.SelectMany(p => p.Images))
        {
            if (image.Identity is { } file && !known.TryAdd(file, image) && known[file].Label != image.Label)
            {
                problems.Add(new Problem("The same file is in two classes")
                {
                    Where = image.Path,
                    Expected = "each file in one class",
                    Received = $"{classes[image.Label]} here, {classes[known[file].Label]} as {known[file].Path}",
                    Hint = "Remove the link.",
                });
            }
        }
    }

    private static bool IsImage(string file) => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);
}
