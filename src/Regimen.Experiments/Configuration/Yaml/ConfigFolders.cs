using System.Text.RegularExpressions;

namespace Regimen.Configuration;

/// <summary>The folders that config files are looked up in: <c>configs/</c> in the working directory first, then the folder that is shipped
/// with the program.</summary>
internal sealed partial class ConfigFolders
{
    private const string FolderName = "configs";
    private const string DefaultsName = "train.yaml";
    private const string Extension = ".yaml";
    private readonly (string Path, string DisplayText)[] _roots;

    private ConfigFolders((string Path, string DisplayText)[] roots) => _roots = roots;

    /// <summary>No folders, for a config that is complete in itself.</summary>
    public static ConfigFolders None { get; } = new([]);

    /// <summary>Finds the folders that exist, the one in the working directory first.</summary>
    /// <exception cref="RequestException">None of them has a train.yaml.</exception>
    public static ConfigFolders For(ConfigRequest request)
    {
        string own = Path.Combine(request.WorkingDirectory, FolderName);
        string shipped = request.ShippedConfigs;
        if (!Path.Exists(Path.Combine(own, DefaultsName)) && !Path.Exists(Path.Combine(shipped, DefaultsName)))
        {
            throw new RequestException(new Problem("No config folder with a train.yaml was found")
            {
                Expected = $"{Path.Combine(own, DefaultsName)}, or {Path.Combine(shipped, DefaultsName)} next to the program",
                Received = "neither",
            });
        }

        var roots = new List<(string Path, string DisplayText)>();
        if (Directory.Exists(own))
        {
            roots.Add((own, FolderName));
        }

        if (Directory.Exists(shipped) && !SamePath(own, shipped))
        {
            roots.Add((shipped, DisplayText(request.WorkingDirectory, shipped)));
        }

        return new ConfigFolders([.. roots]);
    }

    /// <summary>The train.yaml of each folder, the one in the working directory first.</summary>
    public IEnumerable<(string Path, string DisplayText)> Defaults
        => _roots.Select(r => (Path.Combine(r.Path, DefaultsName), $"{r.DisplayText}/{DefaultsName}")).Where(f => Path.Exists(f.Item1));

    /// <summary>A sentence that names the folders searched; null if there are none.</summary>
    public string? SearchedFolders => _roots.Length == 0 ? null : $"Looked in {string.Join(" and ", _roots.Select(r => $"{r.DisplayText}/"))}.";

    /// <summary>Finds the file of a choice; null if there is none.</summary>
    public (string Path, string DisplayText)? Find(string group, string choice)
    {
        foreach ((string path, string shown) in _roots)
        {
            string file = Path.Combine(path, group, choice + Extension);
            if (ChoicePattern().IsMatch(choice) && Path.Exists(file))
            {
                return (file, $"{shown}/{group}/{choice}{Extension}");
            }
        }

        return null;
    }

    /// <summary>The choices of a group that have a file, in ordinal order.</summary>
    public IEnumerable<string> Choices(string group) => _roots
        .Select(r => Path.Combine(r.Path, group))
        .Where(Directory.Exists)
        .SelectMany(d => Directory.EnumerateFiles(d, $"*{Extension}"))
        .Select(f => Path.GetFileNameWithoutExtension(f))
        .Distinct()
        .Order(StringComparer.Ordinal);

    private static string DisplayText(string workingDirectory, string path)
    {
        string relative = Path.GetRelativePath(workingDirectory, path);
        return (relative.StartsWith("..", StringComparison.Ordinal) ? path : relative).Replace('\\', '/').TrimEnd('/');
    }

    private static bool SamePath(string a, string b)
        => Path.TrimEndingDirectorySeparator(Path.GetFullPath(a)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(b));

    // A choice is a name, never a path.
    [GeneratedRegex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\\z")]
    private static partial Regex ChoicePattern();
}
