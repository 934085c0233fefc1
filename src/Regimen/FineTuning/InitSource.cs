using Regimen.Runs;

namespace Regimen.FineTuning;

/// <summary>The file of the weights that a training starts from.</summary>
/// <param name="Name">The source for the record: a path, relative to the working directory if it lies below it; for a run its folder.</param>
/// <param name="File">The file, or the folder with it.</param>
/// <param name="RecordedDigest">The digest of the weights in the run's record; null for a file outside of a run.</param>
internal sealed record InitSource(string Name, string File, string? RecordedDigest)
{
    private const string ManifestFile = "run.json";

    /// <summary>Finds a source.</summary>
    /// <param name="what">A path, a run's name, or <c>latest</c>.</param>
    /// <param name="runsRoot">The folder of all runs.</param>
    /// <param name="workingDirectory">The base of relative paths.</param>
    /// <exception cref="RequestException">There is no such source.</exception>
    public static InitSource Find(string what, string runsRoot, string workingDirectory)
    {
        string path = what.Contains('\0', StringComparison.Ordinal) ? workingDirectory : Path.GetFullPath(what, workingDirectory);
        if (what.Length > 0 && what != "latest" && (System.IO.File.Exists(path) || (Directory.Exists(path) && !System.IO.File.Exists(Path.Combine(path, ManifestFile)))))
        {
            return new InitSource(Shown(path, workingDirectory), path, InCheckpoints(path));
        }

        try
        {
            using RunFolder run = RunFolder.Find(what, runsRoot, workingDirectory);
            var store = new CheckpointStore(run.CheckpointsFolder);
            RunManifest manifest = RunManifest.Read(run.ManifestFile);
            manifest.ThrowIfImported(run.FullPath);
            string? digest = manifest.WeightsDigest;
            CheckpointEntry entry = store.Index.Checkpoints.FirstOrDefault(c => c.WeightsDigest == digest) ?? store.Find("best");
            return new InitSource(Shown(run.FullPath, workingDirectory), Path.Combine(store.FolderOf(entry), CheckpointStore.ModelFile), entry.WeightsDigest);
        }
        catch (RequestException exception) when (what != "latest" && exception.Problems is [{ Received: { } searched, Where: null }])
        {
            throw new RequestException(new Problem($"There is no run and no file '{what}'")
            {
                Expected = "a run (its folder, its name or latest), a checkpoint's folder, a safetensors file, a .pth or .pt file, or a folder with one",
                Received = searched,
            });
        }
    }

    /// <summary>Compares the digest of the weights that were read with the run's record, and with the one that is asked for.</summary>
    /// <exception cref="RequestException">They differ.</exception>
    public void Check(string digest, string? wanted)
    {
        if (RecordedDigest is { } recorded && recorded != digest)
        {
            throw new RequestException(new Problem("The weights are not those of the run's record") { Where = File, Expected = $"digest {recorded}", Received = digest });
        }

        if (wanted is not null && wanted != digest)
        {
            throw new RequestException(new Problem("The initial weights are not the ones that the config names")
            {
                Where = $"init.from={Name}",
                Expected = $"init.digest={wanted}",
                Received = digest,
                Hint = "Restore the file, or set init.digest=null to start from it as it is now. A run keeps a copy of the weights that it started from: init.safetensors in its folder.",
            });
        }
    }

    /// <summary>Returns the recorded digest of a checkpoint in a run's folder, for its folder or its model's file.</summary>
    private static string? InCheckpoints(string path)
    {
        string folder = Directory.Exists(path) ? Path.TrimEndingDirectorySeparator(path) : Path.GetDirectoryName(path)!;
        bool isModel = Directory.Exists(path) || Path.GetFileName(path) == CheckpointStore.ModelFile;
        return isModel && Path.GetDirectoryName(folder) is { } checkpoints && System.IO.File.Exists(Path.Combine(checkpoints, CheckpointStore.IndexFile))
            ? new CheckpointStore(checkpoints).Index.Checkpoints.FirstOrDefault(c => c.Name == Path.GetFileName(folder))?.WeightsDigest
            : null;
    }

    private static string Shown(string path, string workingDirectory)
    {
        string relative = Path.GetRelativePath(workingDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
