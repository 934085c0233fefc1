using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>An image file in a folder.</summary>
/// <param name="Path">The path.</param>
/// <param name="Label">The class index.</param>
/// <param name="Identity">The identity of the file; null for a broken link.</param>
internal readonly record struct ImageEntry(string Path, int Label, FileIdentity? Identity);

/// <summary>The images of a folder by split and class, determined without opening files.</summary>
/// <param name="Root">The folder as given in the options.</param>
/// <param name="Classes">The names of the classes, in ordinal order.</param>
/// <param name="Parts">The images of each split by name, training first. They are sorted by class, then by path in ordinal order.</param>
/// <param name="Repeated">The number of links that were not followed and of duplicate names of files in the same class.</param>
internal sealed record ImageFolderLayout(string Root, IReadOnlyList<string> Classes, IReadOnlyList<(string Part, ImageEntry[] Images)> Parts, int Repeated)
{
    /// <summary>The name of the training folder.</summary>
    public const string Train = "train";

    /// <summary>The name of the validation folder.</summary>
    public const string Validation = "val";

    /// <summary>The name of the test folder.</summary>
    public const string Test = "test";

    private const string Hint = "Use the layout ROOT/CLASS/IMAGE, or ROOT/train/CLASS/IMAGE with val and test next to train.";
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".bmp", ".webp"];

    /// <summary>Determines the layout from the names in a folder.</summary>
    /// <exception cref="RequestException">The layout is invalid; the exception lists every problem.</exception>
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
            problems.Add(new Problem(classes.Length == 0 ? "The folder has no classes" : "The folder has only one class")
            {
                Where = roots[0],
                Expected = "one subfolder per class, at least two",
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

    /// <summary>Returns which of train, val and test exist; empty if the subfolders of the root are the classes.</summary>
    private static string[] PartsOf(string root, FolderFiles folders)
    {
        string[] all = folders.FoldersIn(root);
        if (!all.Contains(Train) || IsClass(Train))
        {
            string[] likely = [.. all.Where(name => LikelyParts.PartOf(name) is not null && !IsClass(name) && folders.FoldersIn(Path.Combine(root, name)).Length > 0)];
            if (likely.Length > 0)
            {
                folders.Problems.Add(new Problem("Folders look like splits, not like classes")
                {
                    Where = root,
                    Expected = "train, and optionally val and test, with exactly these names; or one folder per class",
                    Received = string.Join(", ", likely),
                    Hint = LikelyParts.Hint(likely) ?? "Add a folder named train next to them. If they are classes, put their images directly into them.",
                });
            }

            return [];
        }

        string[] others = [.. all.Except([Train, Validation, Test])];
        if (others.Length > 0)
        {
            folders.Problems.Add(new Problem("There are other folders than val and test next to train")
            {
                Where = root,
                Expected = "train, and optionally val and test",
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
        problems.AddRange(folders.FilesIn(root).Where(f => IsImage(f.Path)).Select(f => new Problem("The image is not in a class folder") { Where = f.Path, Hint = Hint }));
        var images = new List<ImageEntry>();
        foreach (string name in folders.FoldersIn(root))
        {
            int label = Array.BinarySearch(classes, name, StringComparer.Ordinal);
            string folder = Path.Combine(root, name);
            if (label < 0)
            {
                problems.Add(new Problem("The class does not occur in the training set") { Where = folder, Expected = $"one of {string.Join(", ", classes)}", Received = name });
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
                    problems.Add(new Problem("The file name is not that of an image")
                    {
                        Where = file.Path,
                        Expected = string.Join(", ", Extensions),
                        Hint = "Remove it from the folder, or start its name with a dot.",
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
            problems.Add(new Problem("The split has no images") { Where = root, Hint = "Add images to the folder, or remove it." });
        }

        return images;
    }

    /// <summary>Checks that no file belongs to two classes through links.</summary>
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

    /// <summary>Whether a file has the name of an image.</summary>
    public static bool IsImage(string file) => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);
}
