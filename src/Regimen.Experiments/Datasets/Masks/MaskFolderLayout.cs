namespace Regimen.Datasets;

/// <summary>An image and its mask.</summary>
/// <param name="Image">The image.</param>
/// <param name="Mask">The path of the mask.</param>
internal readonly record struct MaskedEntry(ImageEntry Image, string Mask);

/// <summary>The images and masks of a folder by split, determined without opening images: <c>ROOT/images</c> and <c>ROOT/masks</c>, or both in each of
/// <c>ROOT/train</c>, <c>val</c> and <c>test</c>.</summary>
/// <param name="Parts">The pairs of each split by name, training first, in ordinal order of the images' paths.</param>
/// <param name="Repeated">The number of links that were not followed, and of duplicate names of files.</param>
internal sealed record MaskFolderLayout(IReadOnlyList<(string Part, MaskedEntry[] Pairs)> Parts, int Repeated)
{
    private const string Images = "images";
    private const string Masks = "masks";
    private const string Hint = "Use the layout ROOT/images and ROOT/masks, or ROOT/train/images and ROOT/train/masks with val and test next to train.";

    /// <summary>Finds the pairs.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="column">The column of the mask in a metadata file; null where masks have the names of their images.</param>
    /// <exception cref="RequestException">The layout is invalid; the exception lists every problem.</exception>
    public static MaskFolderLayout Scan(string root, string? column)
    {
        DataFolder.Require(root, $"Set data.root=FOLDER. {Hint}");
        bool hasParts = Directory.Exists(Path.Combine(root, ImageFolderLayout.Train));
        string[] names = !hasParts ? [ImageFolderLayout.Train]
            : [.. new[] { ImageFolderLayout.Train, ImageFolderLayout.Validation, ImageFolderLayout.Test }.Where(p => Directory.Exists(Path.Combine(root, p)))];
        var problems = new List<Problem>();
        var parts = new List<(string, MaskedEntry[])>();
        int repeated = 0;
        RefuseLikelyParts(root, hasParts, problems);
        foreach (string name in names)
        {
            string folder = hasParts ? Path.Combine(root, name) : root;
            MaskedEntry[] pairs = column is null ? ByName(folder, problems, ref repeated) : Listed(folder, column, problems);
            if (pairs.Length == 0 && problems.Count == 0)
            {
                problems.Add(new Problem("The split has no images") { Where = folder, Hint = Hint });
            }

            parts.Add((name, pairs));
        }

        ProblemList.ThrowIfAny(problems);
        return new MaskFolderLayout(parts, repeated);
    }

    /// <summary>Returns the images alone, as an image folder without classes has them.</summary>
    public ImageFolderLayout ImagesOnly(string root, IReadOnlyList<string> classes)
        => new(root, classes, [.. Parts.Select(p => (p.Part, p.Pairs.Select(pair => pair.Image).ToArray()))], Repeated);

    private static void RefuseLikelyParts(string root, bool hasParts, List<Problem> problems)
    {
        string[] others = [.. new FolderFiles(root).FoldersIn(root).Where(f => LikelyParts.PartOf(f) is { } part && part != f)];
        if (others.Length > 0 && (hasParts || !Directory.Exists(Path.Combine(root, Images))))
        {
            problems.Add(new Problem("Folders look like splits")
            {
                Where = root,
                Expected = "train, and optionally val and test, with exactly these names",
                Received = string.Join(", ", others),
                Hint = LikelyParts.Hint(others),
            });
        }
    }

    /// <summary>Matches images and masks by their paths below the two folders, without the extension.</summary>
    private static MaskedEntry[] ByName(string folder, List<Problem> problems, ref int repeated)
    {
        Dictionary<string, FoundFile> images = FilesOf(folder, Images, ImageFolderLayout.IsImage, problems, ref repeated);
        Dictionary<string, FoundFile> masks = FilesOf(folder, Masks, IsMask, problems, ref repeated);
        if (problems.Count == 0)
        {
            problems.AddRange(images.Where(i => !masks.ContainsKey(i.Key)).Select(i => new Problem("The image has no mask")
            {
                Where = i.Value.Path,
                Expected = $"{Path.Combine(folder, Masks, i.Key)}.png",
            }));
            problems.AddRange(masks.Where(m => !images.ContainsKey(m.Key)).Select(m => new Problem("The mask has no image")
            {
                Where = m.Value.Path,
                Expected = $"{Path.Combine(folder, Images, m.Key)} with the extension of an image",
            }));
        }

        return problems.Count > 0 ? [] :
        [
            .. images.OrderBy(i => i.Key, StringComparer.Ordinal).Select(i => new MaskedEntry(new ImageEntry(i.Value.Path, 0, i.Value.Identity), masks[i.Key].Path)),
        ];
    }

    private static Dictionary<string, FoundFile> FilesOf(string folder, string name, Func<string, bool> isKnown, List<Problem> problems, ref int repeated)
    {
        string root = Path.Combine(folder, name);
        var found = new Dictionary<string, FoundFile>(StringComparer.Ordinal);
        if (!Directory.Exists(root))
        {
            problems.Add(new Problem($"The folder has no {name}") { Where = folder, Expected = $"a folder named {name}", Hint = Hint });
            return found;
        }

        var files = new FolderFiles(root);
        foreach (FoundFile file in files.FilesBelow(root))
        {
            string key = Path.ChangeExtension(Path.GetRelativePath(root, file.Path), null).Replace(Path.DirectorySeparatorChar, '/');
            if (!isKnown(file.Path))
            {
                problems.Add(new Problem(name == Masks ? "The file name is not that of a mask" : "The file name is not that of an image")
                {
                    Where = file.Path,
                    Expected = name == Masks ? ".png" : ".png, .jpg, .jpeg, .bmp, .webp",
                    Hint = "Remove it from the folder, or start its name with a dot.",
                });
            }
            else if (!found.TryAdd(key, file))
            {
                problems.Add(new Problem("Two files have the same name except for the extension") { Where = file.Path, Received = found[key].Path });
            }
        }

        problems.AddRange(files.Problems);
        repeated += files.Repeated;
        return found;
    }

    /// <summary>Reads the pairs from a metadata file.</summary>
    private static MaskedEntry[] Listed(string folder, string column, List<Problem> problems)
    {
        var pairs = new Dictionary<string, MaskedEntry>(StringComparer.Ordinal);
        try
        {
            string file = ImageMetadata.Find(folder) ?? throw new RequestException(new Problem("The folder has no metadata file")
            {
                Where = folder,
                Expected = $"{ImageMetadata.Names}, with the columns file_name and {column}",
                Hint = "Without data.mask, masks are in a folder named masks next to images.",
            });
            var files = new FolderFiles(folder);
            Dictionary<string, FoundFile> found = files.FilesBelow(folder).ToDictionary(f => Path.GetRelativePath(folder, f.Path).Replace(Path.DirectorySeparatorChar, '/'), StringComparer.Ordinal);
            problems.AddRange(files.Problems);
            foreach (ListedImage image in ImageMetadata.Read(file, column))
            {
                if (!found.TryGetValue(image.File, out FoundFile listed) || !found.TryGetValue(image.Label, out FoundFile mask))
                {
                    problems.Add(new Problem("The listed image or mask is not in the folder") { Where = image.Place, Expected = $"files of {folder}", Received = $"{image.File} and {image.Label}" });
                }
                else if (!pairs.TryAdd(image.File, new MaskedEntry(new ImageEntry(listed.Path, 0, listed.Identity), mask.Path)))
                {
                    problems.Add(new Problem("The image is listed twice") { Where = image.Place, Received = image.File });
                }
            }
        }
        catch (RequestException refusal)
        {
            problems.AddRange(refusal.Problems);
        }

        return [.. pairs.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value)];
    }

    private static bool IsMask(string file) => Path.GetExtension(file).Equals(".png", StringComparison.OrdinalIgnoreCase);
}
