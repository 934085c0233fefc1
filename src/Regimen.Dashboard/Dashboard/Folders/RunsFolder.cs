using Microsoft.AspNetCore.Http;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>The folder of runs: finds runs and sweeps by their names in addresses, and nothing outside the folder.</summary>
internal sealed class RunsFolder(string path)
{
    private const string Manifest = "run.json";
    private const string Trials = "trials";

    /// <summary>The files that the pages read. A link in place of one could show a file from elsewhere.</summary>
    private static readonly string[] Read = [Manifest, "metrics.jsonl", "steps.f32", "config.yaml", "train.log", "checkpoints", "findings", "tags.json"];

    /// <summary>The folder's absolute path.</summary>
    public string FullPath { get; } = Path.GetFullPath(path);

    /// <summary>Returns the folder of a run.</summary>
    /// <param name="id">Its path below this folder: the run's name, or <c>SWEEP/trials/0001</c>.</param>
    /// <exception cref="StatusException">There is no such run.</exception>
    public string Run(string? id) => Find(id, Manifest, [1, 3], "run");

    /// <summary>Returns the folder of a sweep.</summary>
    /// <param name="id">Its name.</param>
    /// <exception cref="StatusException">There is no such sweep.</exception>
    public string Sweep(string? id) => Find(id, SweepFiles.SweepRecord.FileName, [1], "sweep");

    /// <summary>Returns the name of a folder in addresses.</summary>
    public string IdOf(string folder) => Path.GetRelativePath(FullPath, folder).Replace(Path.DirectorySeparatorChar, '/');

    private string Find(string? id, string record, int[] depths, string kind)
    {
        string[] parts = (id ?? string.Empty).Split('/');
        bool isPath = depths.Contains(parts.Length) && parts.All(IsName) && (parts.Length == 1 || parts[1] == Trials);
        string folder = isPath ? Path.Combine([FullPath, .. parts]) : FullPath;
        return isPath && File.Exists(Path.Combine(folder, record)) && IsInside(folder, parts.Length)
            ? folder
            : throw new StatusException(StatusCodes.Status404NotFound, new Problem($"There is no such {kind}") { Expected = $"the name of a {kind} in {FullPath}", Received = id is { Length: > 0 } ? id : "none" });
    }

    private static bool IsName(string part) => part.Length is > 0 and <= 255 && part is not ("." or "..") && part.IndexOfAny(['\\', '\0', ':']) < 0;

    /// <summary>Whether neither the folder, nor one between it and the folder of runs, nor a file that is read is a link to elsewhere.</summary>
    private bool IsInside(string folder, int depth)
    {
        DirectoryInfo? at = new(folder);
        for (int i = 0; i < depth; i++, at = at.Parent)
        {
            if (at is null || LeadsOutside(at))
            {
                return false;
            }
        }

        return Read.All(name => new FileInfo(Path.Combine(folder, name)) is var file && (file.LinkTarget is null || !LeadsOutside(file)));
    }

    private bool LeadsOutside(FileSystemInfo at)
    {
        if (at.LinkTarget is null)
        {
            return false;
        }

        string root = new DirectoryInfo(FullPath).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? FullPath;
        return at.ResolveLinkTarget(returnFinalTarget: true) is not { } target
            || !target.FullName.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }
}
