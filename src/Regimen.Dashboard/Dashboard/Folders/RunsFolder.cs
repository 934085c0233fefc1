using System.Globalization;
using Microsoft.AspNetCore.Http;
using Regimen.Listing;
using Regimen.Runs;
using Regimen.SweepFiles;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>The folder of runs: finds runs and sweeps by their names in addresses, and nothing outside the folder.</summary>
internal sealed class RunsFolder(string path)
{
    private const string Manifest = "run.json";

    /// <summary>The files that the pages read. A link in place of one could show a file from elsewhere.</summary>
    private static readonly string[] Read = [Manifest, "metrics.jsonl", "steps.f32", "config.yaml", "train.log", "checkpoints", "findings", RunLabels.FileName];

    /// <summary>The folder's absolute path.</summary>
    public string FullPath { get; } = Path.GetFullPath(path);

    /// <summary>Returns the folder of a run.</summary>
    /// <param name="id">The run's name; that of a trial is <c>SWEEP/7</c>.</param>
    /// <exception cref="StatusException">There is no such run.</exception>
    public string Run(string? id)
    {
        string[] parts = (id ?? string.Empty).Split('/');
        return parts is [var sweep, var number] && IsName(sweep) && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int trial)
            ? Find(id, SweepRecord.TrialFolder(Path.Combine(FullPath, sweep), trial), Manifest, 3, "run")
            : Find(id, parts is [var name] && IsName(name) ? Path.Combine(FullPath, name) : null, Manifest, 1, "run");
    }

    /// <summary>Returns the folder of a sweep.</summary>
    /// <param name="id">Its name.</param>
    /// <exception cref="StatusException">There is no such sweep.</exception>
    public string Sweep(string? id)
    {
        string? folder = id is not null && IsName(id) ? Path.Combine(FullPath, id) : null;
        return Find(id, folder, folder is null ? SweepRecord.FileName : SweepRecord.NameIn(folder), 1, "sweep");
    }

    /// <summary>Whether a folder that was listed is inside this one, not behind a link to elsewhere.</summary>
    public bool Has(RunRow row) => IsInside(row.Folder, row.Trial is null ? 1 : 3, []);

    private string Find(string? id, string? folder, string record, int depth, string kind)
        => folder is not null && File.Exists(Path.Combine(folder, record)) && IsInside(folder, depth, Read)
            ? folder
            : throw new StatusException(StatusCodes.Status404NotFound, new Problem($"There is no such {kind}") { Expected = $"the name of a {kind} in {FullPath}", Received = id is { Length: > 0 } ? id : "none" });

    private static bool IsName(string part) => part.Length is > 0 and <= 255 && part is not ("." or "..") && part.IndexOfAny(['/', '\\', '\0', ':']) < 0;

    /// <summary>Whether neither the folder, nor one between it and the folder of runs, nor a file that is read is a link to elsewhere.</summary>
    private bool IsInside(string folder, int depth, string[] files)
    {
        DirectoryInfo? at = new(folder);
        for (int i = 0; i < depth; i++, at = at.Parent)
        {
            if (at is null || LeadsOutside(at))
            {
                return false;
            }
        }

        return files.All(name => new FileInfo(Path.Combine(folder, name)) is var file && (file.LinkTarget is null || !LeadsOutside(file)));
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
