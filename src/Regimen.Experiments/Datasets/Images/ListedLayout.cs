using System.Globalization;
using System.Numerics;

namespace Regimen.Datasets;

/// <summary>The layout of images whose classes are in a metadata file: ROOT/metadata.csv, or ROOT/train/metadata.csv with val and test next to train.</summary>
internal static class ListedLayout
{
    /// <summary>Determines the layout from the metadata files and the names in a folder.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="label">The column of the class.</param>
    /// <exception cref="RequestException">A metadata file is not readable, or does not match its folder; the exception lists every problem.</exception>
    public static ImageFolderLayout Scan(string root, string label)
    {
        DataFolder.Require(root, "Set data.root=FOLDER.");
        string[] parts = Path.Exists(Path.Combine(root, ImageFolderLayout.Train))
            ? [.. new[] { ImageFolderLayout.Train, ImageFolderLayout.Validation, ImageFolderLayout.Test }.Where(p => Directory.Exists(Path.Combine(root, p)))]
            : [];
        string[] folders = parts.Length == 0 ? [root] : [.. parts.Select(p => Path.Combine(root, p))];
        var problems = new List<Problem>();
        IReadOnlyList<ListedImage>[] lists = [.. folders.Select(f => ListOf(f, label, problems))];
        ProblemList.ThrowIfAny(problems);
        string[] classes = Classes(lists[0]);
        if (classes.Length < 2)
        {
            problems.Add(new Problem("The training images have fewer than two classes")
            {
                Where = folders[0],
                Expected = $"at least two different values of {label} (data.label)",
                Received = classes.Length == 0 ? "no image" : classes[0],
            });
        }

        var found = new List<(string, ImageEntry[])>();
        for (int i = 0; i < folders.Length; i++)
        {
            found.Add((parts.Length == 0 ? ImageFolderLayout.Train : parts[i], Entries(folders[i], lists[i], classes, problems)));
        }

        ProblemList.ThrowIfAny(problems);
        return new ImageFolderLayout(root, classes, found, Repeated: 0);
    }

    private static IReadOnlyList<ListedImage> ListOf(string folder, string label, List<Problem> problems)
    {
        try
        {
            if (ImageMetadata.Find(folder) is { } file)
            {
                return ImageMetadata.Read(file, label);
            }

            problems.Add(new Problem("The folder has no metadata file")
            {
                Where = folder,
                Expected = $"{ImageMetadata.Names}, with the columns file_name and {label}",
                Hint = "Without data.label, each subfolder is a class.",
            });
        }
        catch (RequestException refusal)
        {
            problems.AddRange(refusal.Problems);
        }

        return [];
    }

    /// <summary>The classes in order: of their numbers if all are whole numbers, else ordinal.</summary>
    private static string[] Classes(IReadOnlyList<ListedImage> images)
    {
        string[] classes = [.. images.Select(i => i.Label).Distinct().Order(StringComparer.Ordinal)];
        return classes.All(c => BigInteger.TryParse(c, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            ? [.. classes.OrderBy(c => BigInteger.Parse(c, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture))]
            : classes;
    }

    private static ImageEntry[] Entries(string folder, IReadOnlyList<ListedImage> images, string[] classes, List<Problem> problems)
    {
        Dictionary<string, int> labels = classes.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => p.i, StringComparer.Ordinal);
        var files = new FolderFiles(folder);
        Dictionary<string, FoundFile> found = files.FilesBelow(folder).ToDictionary(f => Relative(folder, f.Path), StringComparer.Ordinal);
        problems.AddRange(files.Problems);
        var entries = new Dictionary<string, ImageEntry>(StringComparer.Ordinal);
        foreach (ListedImage image in images)
        {
            if (!labels.TryGetValue(image.Label, out int label))
            {
                problems.Add(new Problem("The class does not occur in the training set") { Where = image.Place, Expected = $"one of {string.Join(", ", classes.Take(20))}", Received = image.Label });
            }
            else if (!found.TryGetValue(image.File, out FoundFile file))
            {
                problems.Add(new Problem("The listed image is not in the folder") { Where = image.Place, Expected = $"a file of {folder}", Received = image.File });
            }
            else if (!entries.TryAdd(image.File, new ImageEntry(file.Path, label, file.Identity)))
            {
                problems.Add(new Problem("The image is listed twice") { Where = image.Place, Received = image.File });
            }
        }

        problems.AddRange(found.Keys.Where(f => ImageFolderLayout.IsImage(f) && !entries.ContainsKey(f) && images.Count > 0)
            .Select(f => new Problem("The image is not listed") { Where = Path.Combine(folder, f), Expected = $"a row with its file_name in {ImageMetadata.Names}" }));
        if (entries.Count == 0 && problems.Count == 0)
        {
            problems.Add(new Problem("The split has no images") { Where = folder });
        }

        // In the order of class folders, so that the same images give the same run in both layouts.
        return [.. entries.OrderBy(e => e.Value.Label).ThenBy(e => e.Key, StringComparer.Ordinal).Select(e => e.Value)];
    }

    private static string Relative(string folder, string path) => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
}
