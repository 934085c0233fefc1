namespace Regimen.Datasets;

/// <summary>Detects folders whose names suggest splits (Train, validation, test_set), not classes.</summary>
internal static class LikelyParts
{
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["train"] = ImageFolderLayout.Train,
        ["training"] = ImageFolderLayout.Train,
        ["trn"] = ImageFolderLayout.Train,
        ["val"] = ImageFolderLayout.Validation,
        ["valid"] = ImageFolderLayout.Validation,
        ["validate"] = ImageFolderLayout.Validation,
        ["validation"] = ImageFolderLayout.Validation,
        ["dev"] = ImageFolderLayout.Validation,
        ["eval"] = ImageFolderLayout.Validation,
        ["evaluation"] = ImageFolderLayout.Validation,
        ["test"] = ImageFolderLayout.Test,
        ["testing"] = ImageFolderLayout.Test,
        ["tst"] = ImageFolderLayout.Test,
        ["holdout"] = ImageFolderLayout.Test,
    };

    /// <summary>Returns the split that a folder name suggests, in any spelling; null for none.</summary>
    public static string? PartOf(string name)
    {
        string letters = string.Concat(name.Where(char.IsLetter)).ToLowerInvariant();
        foreach (string suffix in (ReadOnlySpan<string>)["images", "imgs", "data", "set", "split"])
        {
            letters = letters.Length > suffix.Length && letters.EndsWith(suffix, StringComparison.Ordinal) ? letters[..^suffix.Length] : letters;
        }

        return Known.GetValueOrDefault(letters);
    }

    /// <summary>Suggests to rename folders that look like splits; null if there are none.</summary>
    public static string? Hint(IEnumerable<string> names)
    {
        string[] renames = [.. from name in names
                               let part = PartOf(name)
                               where part is not null && part != name
                               select $"{name} to {part}"];
        return renames.Length == 0 ? null : $"Rename {string.Join(", ", renames)}.";
    }
}
