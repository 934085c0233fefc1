using System.Globalization;
using Regimen.Files;
using Regimen.Safetensors;

namespace Regimen.Runs;

/// <summary>Writes and reads a run's checkpoints: folders of <c>model.safetensors</c> (enough to predict),
/// <c>training.safetensors</c> (what is also needed to resume training) and, where the first has averaged weights, <c>raw.safetensors</c>.</summary>
/// <remarks>A checkpoint is written into a temporary folder, flushed to disk and renamed. Then the index that lists it is replaced, then old
/// checkpoints are removed. After a crash or a power loss the index lists only complete checkpoints.</remarks>
public sealed class CheckpointStore
{
    /// <summary>The name of the file with the weights.</summary>
    public const string ModelFile = "model.safetensors";

    /// <summary>The name of the file with the optimizer's state, the epoch and the step.</summary>
    public const string TrainingFile = "training.safetensors";

    /// <summary>The name of the file with the trained weights where <see cref="ModelFile"/> has averaged ones.</summary>
    public const string RawFile = "raw.safetensors";

    /// <summary>The name of the file with the index.</summary>
    internal const string IndexFile = "index.json";

    private const string Unfinished = ".unfinished-";
    private readonly string _folder;
    private readonly string _indexFile;
    private readonly int _keep;
    private readonly HashSet<string> _reported = [];

    /// <summary>Opens the checkpoints of a folder, which need not exist yet.</summary>
    /// <param name="folder">The run's <c>checkpoints</c> folder.</param>
    /// <param name="keep">The number of checkpoints that are kept besides the best one, newest first.</param>
    public CheckpointStore(string folder, int keep = 1)
    {
        _folder = folder;
        _indexFile = Path.Combine(folder, IndexFile);
        _keep = keep;
        Index = CheckpointIndex.Read(_indexFile);
    }

    /// <summary>Receives warnings about errors that do not affect the run: a former checkpoint that can't be removed.</summary>
    internal Action<string> Warn { get; set; } = _ => { };

    /// <summary>The index of the checkpoints.</summary>
    public CheckpointIndex Index { get; private set; }

    /// <summary>The run's metrics file, which holds the history of each checkpoint.</summary>
    internal string MetricsFile => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_folder))!, "metrics.jsonl");

    /// <summary>Returns a checkpoint's name.</summary>
    /// <param name="at">The epoch being trained and the steps taken.</param>
    /// <param name="insideEpoch">Whether the epoch had not ended.</param>
    public static string NameOf(Progress at, bool insideEpoch) => insideEpoch
        ? string.Create(CultureInfo.InvariantCulture, $"epoch-{at.Epoch:0000}-step-{at.Step:000000}")
        : string.Create(CultureInfo.InvariantCulture, $"epoch-{at.Epoch:0000}");

    /// <summary>Writes a checkpoint and makes it the last one.</summary>
    /// <param name="at">The epoch being trained and the steps taken.</param>
    /// <param name="insideEpoch">Whether the epoch had not ended.</param>
    /// <param name="isBest">Whether it is the best one so far.</param>
    /// <param name="write">Writes its files into a folder and flushes them to disk.</param>
    /// <exception cref="WorkFailedException">It can't be written; the earlier checkpoints are kept.</exception>
    internal CheckpointEntry Save(Progress at, bool insideEpoch, bool isBest, Func<string, WrittenCheckpoint> write)
    {
        string name = NameOf(at, insideEpoch);
        string target = Path.Combine(_folder, name);
        string temporary = Path.Combine(_folder, Unfinished + name);
        bool best = isBest || Index.Best == name;
        CheckpointEntry entry;
        try
        {
            entry = OutputFile.Guard(target, Write);
        }
        catch (WorkFailedException)
        {
            TryRemoveUnfinished();
            throw;
        }

        CheckpointEntry[] all = [.. Index.Checkpoints.Where(c => c.Name != name), entry];
        string? nameOfBest = best ? name : Index.Best;
        CheckpointEntry[] newest = [.. all.Where(c => c.Name != nameOfBest).TakeLast(_keep)];
        CheckpointEntry[] kept = [.. all.Where(c => c.Name == nameOfBest || newest.Contains(c))];
        ReplaceAndRemove(new CheckpointIndex(CheckpointIndex.CurrentFormat, nameOfBest, name, kept), all.Except(kept));
        return entry;

        CheckpointEntry Write()
        {
            MakeFolder();
            TryRemoveUnfinished();
            RemoveFolder(temporary);
            Directory.CreateDirectory(temporary);
            WrittenCheckpoint written = write(temporary);
            AtomicFile.FlushFolder(temporary);

            // A checkpoint of the same name is either one that the index does not list or one that a resumed run writes again.
            if (Index.Checkpoints.Any(c => c.Name == name))
            {
                Replace(Index.Without(name));
            }

            RemoveFolder(target);
            Directory.Move(temporary, target);
            AtomicFile.FlushFolder(_folder);
            var sha256 = new SortedDictionary<string, string> { [ModelFile] = written.Model, [TrainingFile] = written.Training };
            if (written.Raw is { } raw)
            {
                sha256[RawFile] = raw;
            }

            return new CheckpointEntry(name, at.Epoch, at.Step, written.WeightsDigest, sha256);
        }
    }

    /// <summary>Finds a checkpoint by its name, or by <c>best</c> or <c>last</c>; <c>best</c> is the last one if there is no best.</summary>
    /// <exception cref="RequestException">There is no such checkpoint.</exception>
    public CheckpointEntry Find(string name)
    {
        string? wanted = name switch
        {
            "best" => Index.Best ?? Index.Last,
            "last" => Index.Last,
            _ => name,
        };
        return Index.Checkpoints.FirstOrDefault(c => c.Name == wanted) ?? throw new RequestException(new Problem($"There is no checkpoint '{name}'")
        {
            Where = _folder,
            Expected = Index.Checkpoints.Count == 0 ? "a run that has saved one" : $"one of best, last, {string.Join(", ", Index.Checkpoints.Select(c => c.Name))}",
        });
    }

    /// <summary>Returns the path of a checkpoint's folder.</summary>
    public string FolderOf(CheckpointEntry entry) => Path.Combine(_folder, entry.Name);

    /// <summary>Reads one of a checkpoint's files and compares its digest with the index.</summary>
    /// <exception cref="RequestException">It is missing or damaged.</exception>
    public SafetensorsFile Read(CheckpointEntry entry, string file)
    {
        string path = Path.Combine(FolderOf(entry), file);
        SafetensorsFile content = SafetensorsFile.Read(path);
        string digest = content.Digest;
        if (!entry.Sha256.TryGetValue(file, out string? expected) || digest != expected)
        {
            throw new RequestException(new Problem("The checkpoint is damaged: the digest of its file does not match the index")
            {
                Where = path,
                Expected = $"SHA-256 {expected ?? "in the index"}",
                Received = digest,
                Hint = "Use another checkpoint of the run.",
            });
        }

        return content;
    }

    /// <summary>Reads a checkpoint's files and compares their digests, and the weights' digest, with the index.</summary>
    /// <returns>The model's file.</returns>
    /// <exception cref="RequestException">A file is missing or damaged.</exception>
    public SafetensorsFile CheckBytes(CheckpointEntry entry)
    {
        _ = Read(entry, TrainingFile);
        _ = entry.Sha256.ContainsKey(RawFile) ? Read(entry, RawFile) : null;
        SafetensorsFile model = Read(entry, ModelFile);
        string digest = WeightsDigest.Of(model);
        return digest == entry.WeightsDigest ? model : throw new RequestException(new Problem("The digest of the checkpoint's weights does not match the index")
        {
            Where = FolderOf(entry),
            Expected = entry.WeightsDigest,
            Received = digest,
        });
    }

    /// <summary>Makes a checkpoint the last one and removes the later ones.</summary>
    /// <param name="entry">The checkpoint to resume from; null removes all.</param>
    /// <exception cref="WorkFailedException">The index can't be written.</exception>
    public void CutBack(CheckpointEntry? entry)
    {
        CheckpointIndex kept = Index.UpTo(entry);
        if (kept != Index)
        {
            ReplaceAndRemove(kept, [.. Index.Checkpoints.Except(kept.Checkpoints)]);
        }
    }

    /// <summary>Creates the checkpoints' folder, but not the run's own: if that is missing, it was removed during the run.</summary>
    private void MakeFolder()
    {
        string run = Path.GetDirectoryName(Path.GetFullPath(_folder))!;
        if (!Directory.Exists(run))
        {
            throw new DirectoryNotFoundException($"The folder '{run}' no longer exists.");
        }

        if (!Directory.Exists(_folder))
        {
            Directory.CreateDirectory(_folder);
            AtomicFile.FlushFolder(run);
        }
    }

    /// <summary>Replaces the index, then removes the folders that it no longer lists. The new index names these under <c>leftover</c>, so that a
    /// later save, in another process too, removes any that a crash or an error left.</summary>
    private void ReplaceAndRemove(CheckpointIndex index, IEnumerable<CheckpointEntry> gone)
    {
        string[] leftover =
        [
            .. (Index.Leftover ?? []).Concat(gone.Select(c => c.Name)).Distinct()
                .Where(name => index.Checkpoints.All(c => c.Name != name) && Directory.Exists(Path.Combine(_folder, name))),
        ];
        Replace(index with { Leftover = leftover.Length == 0 ? null : leftover });
        foreach (string name in leftover)
        {
            TryRemove(Path.Combine(_folder, name), "the former checkpoint");
        }
    }

    /// <summary>Removes unfinished checkpoints that a crash or a full disk left; no index lists them.</summary>
    private void TryRemoveUnfinished()
    {
        foreach (string path in Directory.Exists(_folder) ? Directory.GetDirectories(_folder, Unfinished + "*") : [])
        {
            TryRemove(path, "the unfinished checkpoint");
        }
    }

    /// <summary>Removes a folder that the index does not list. Disk space is no reason to fail a run: an error is reported once, and each later
    /// checkpoint tries again.</summary>
    private void TryRemove(string path, string what)
    {
        try
        {
            RemoveFolder(path);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            if (_reported.Add(path))
            {
                Warn($"Unable to remove {what} {path}: {exception.Message.TrimEnd('.')}. The run continues; each later checkpoint tries again.");
            }
        }
    }

    private static void RemoveFolder(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private void Replace(CheckpointIndex index)
    {
        index.Write(_indexFile);
        Index = index;
    }
}

/// <summary>The digests of a checkpoint that was written.</summary>
/// <param name="WeightsDigest">SHA-256 over its weights (<see cref="Safetensors.WeightsDigest"/>).</param>
/// <param name="Model">SHA-256 of its <c>model.safetensors</c>.</param>
/// <param name="Training">SHA-256 of its <c>training.safetensors</c>.</param>
/// <param name="Raw">SHA-256 of its <c>raw.safetensors</c>; null without one.</param>
internal sealed record WrittenCheckpoint(string WeightsDigest, string Model, string Training, string? Raw = null);
