using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>A file found in a folder.</summary>
/// <param name="Path">The path, with links not resolved.</param>
/// <param name="Identity">The identity of the file; null for a broken link.</param>
internal readonly record struct FoundFile(string Path, FileIdentity? Identity);

/// <summary>Lists folders and follows links. Cycles are avoided: no folder is entered twice, and no parent of the listed folder is
/// entered.</summary>
internal sealed class FolderFiles
{
    /// <summary>Files created by operating systems. They are ignored, as are names that begin with a dot.</summary>
    private static readonly string[] Ignored = ["Thumbs.db", "desktop.ini"];

    private readonly HashSet<FileIdentity> _above = [];
    private readonly HashSet<string> _repeated = new(StringComparer.Ordinal);

    /// <summary>Records the folders that links must not lead back to: the root and its parents.</summary>
    public FolderFiles(string root)
    {
        for (string? folder = Path.GetFullPath(root); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            AddAbove(folder);
        }

        // If the root is a link, its target has other parents.
        string? final = new DirectoryInfo(root).ResolveLinkTarget(returnFinalTarget: true)?.FullName;
        for (; final is not null; final = Path.GetDirectoryName(final))
        {
            AddAbove(final);
        }
    }

    /// <summary>The problems with folders that can't be read.</summary>
    public List<Problem> Problems { get; } = [];

    /// <summary>The number of links to folders that were not followed because the folder is a parent or was already listed, plus the number
    /// of files that were already found in the same folder under another name.</summary>
    public int Repeated => _repeated.Count;

    /// <summary>Lists the names of the folders in a folder, in ordinal order, without links to parent folders.</summary>
    public string[] FoldersIn(string folder) => [.. Names(folder).Where(name => IsFolderBelow(Path.Combine(folder, name)))];

    /// <summary>Lists the files in a folder, by name in ordinal order.</summary>
    public FoundFile[] FilesIn(string folder)
        => [.. Names(folder).Select(name => Found(Path.Combine(folder, name))).Where(f => f.Identity?.Kind != FileKind.Folder)];

    /// <summary>Lists the files in a folder and its subfolders, each once, in ordinal order of their paths with <c>/</c> as separator. The
    /// order is the same on every platform.</summary>
    public FoundFile[] FilesBelow(string root)
    {
        var entered = new HashSet<FileIdentity>();
        var files = new Dictionary<FileIdentity, string>();
        List<FoundFile> nowhere = [];

        // Visit folders before links, so that a file reachable through both is listed under its own name.
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
                    .Where(name => !name.StartsWith('.') && !Ignored.Contains(name)),
            ];
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            Problems.Add(new Problem($"Unable to read the folder: {reason.Message}") { Where = folder });
            return [];
        }
    }
}
