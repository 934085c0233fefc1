using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>A file that was found in a folder.</summary>
/// <param name="Path">Its path as it was found, links not resolved.</param>
/// <param name="Identity">Which file that is; null for a link that leads nowhere.</param>
internal readonly record struct FoundFile(string Path, FileIdentity? Identity);

/// <summary>Lists folders, with links followed, without an end that links could take away: no folder is entered twice, and none that the
/// folder to be listed lies in.</summary>
internal sealed class FolderFiles
{
    /// <summary>Files that systems leave behind; they, and names that begin with a dot, are passed over.</summary>
    private static readonly string[] PassedOver = ["Thumbs.db", "desktop.ini"];

    private readonly HashSet<FileIdentity> _above = [];
    private readonly HashSet<string> _repeated = new(StringComparer.Ordinal);

    /// <summary>With the folders that no link may lead back to: a root and all that it lies in.</summary>
    public FolderFiles(string root)
    {
        for (string? folder = Path.GetFullPath(root); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            AddAbove(folder);
        }

        // Where the root is a link itself, what it leads to lies in other folders.
        string? final = new DirectoryInfo(root).ResolveLinkTarget(returnFinalTarget: true)?.FullName;
        for (; final is not null; final = Path.GetDirectoryName(final))
        {
            AddAbove(final);
        }
    }

    /// <summary>What could not be listed.</summary>
    public List<Problem> Problems { get; } = [];

    /// <summary>Links to folders that were not followed, as their folder is on the path to them or was listed already, and files that had
    /// been found in the same folder.</summary>
    public int Repeated => _repeated.Count;

    /// <summary>The folders in a folder, by name in ordinal order; a link to a folder that lies above is none.</summary>
    public string[] FoldersIn(string folder) => [.. Names(folder).Where(name => IsFolderBelow(Path.Combine(folder, name)))];

    /// <summary>What lies in a folder and is no folder, by name in ordinal order.</summary>
    public FoundFile[] FilesIn(string folder)
        => [.. Names(folder).Select(name => Found(Path.Combine(folder, name))).Where(f => f.Identity?.Kind != FileKind.Folder)];

    /// <summary>All files in a folder and in its folders, whatever the depth, each once, in the ordinal order of their paths with
    /// <c>/</c>: the same on every system.</summary>
    public FoundFile[] FilesBelow(string root)
    {
        var entered = new HashSet<FileIdentity>();
        var files = new Dictionary<FileIdentity, string>();
        List<FoundFile> nowhere = [];

        // Folders first and links after them, so that a file that both lead to has its own name.
        var folders = new Queue<string>([root]);
        var links = new Queue<string>();
        while (folders.TryDequeue(out string? folder) || links.TryDequeue(out folder))
        {
            if (FileIdentity.Of(folder) is not { } identity || (_above.Contains(identity) && folder != root) || !entered.Add(identity))
            {
                _repeated.Add(folder);
                continue;
            }

            foreach (string name in Names(folder))
            {
                FoundFile found = Found(Path.Combine(folder, name));
                if (found.Identity is not { } file)
                {
                    nowhere.Add(found);
                }
                else if (file.Kind == FileKind.Folder)
                {
                    (IsLink(found.Path) ? links : folders).Enqueue(found.Path);
                }
                else if (!files.TryAdd(file, found.Path))
                {
                    _repeated.Add(found.Path);
                    files[file] = IsLink(files[file]) && !IsLink(found.Path) ? found.Path : files[file];
                }
            }
        }

        FoundFile[] all = [.. files.Select(f => new FoundFile(f.Value, f.Key)), .. nowhere];
        string[] names = [.. all.Select(f => Path.GetRelativePath(root, f.Path).Replace(Path.DirectorySeparatorChar, '/'))];
        Array.Sort(names, all, StringComparer.Ordinal);
        return all;
    }

    private static FoundFile Found(string path) => new(path, FileIdentity.Of(path));

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    private void AddAbove(string folder)
    {
        if (FileIdentity.Of(folder) is { } identity)
        {
            _above.Add(identity);
        }
    }

    private bool IsFolderBelow(string path)
    {
        if (FileIdentity.Of(path) is not { Kind: FileKind.Folder } identity)
        {
            return false;
        }

        if (_above.Contains(identity))
        {
            _repeated.Add(path);
            return false;
        }

        return true;
    }

    private string[] Names(string folder)
    {
        try
        {
            string[] names =
            [
                .. Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)!)
                    .Where(name => !name.StartsWith('.') && !PassedOver.Contains(name)),
            ];
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            Problems.Add(new Problem($"The folder cannot be read: {reason.Message}") { Where = folder });
            return [];
        }
    }
}
