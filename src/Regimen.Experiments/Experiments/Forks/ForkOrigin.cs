using System.Security.Cryptography;
using Regimen.Files;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Training;

namespace Regimen.Experiments;

/// <summary>What a forked run started from, as <c>fork/</c> in its folder: the parent's checkpoint, the best one up to there, the rows of its
/// metrics and its losses up to there, byte for byte. The parent is not needed any more: the fork is verified from its own folder.</summary>
internal sealed class ForkOrigin
{
    private const string Metrics = "metrics.jsonl";
    private const string Steps = "steps.f32";
    private readonly string _folder;

    private ForkOrigin(string folder, RunFork record)
    {
        _folder = folder;
        Record = record;
        Store = new CheckpointStore(CheckpointsOf(folder));
        Entry = Store.Find(record.Checkpoint);
    }

    /// <summary>The entry of run.json.</summary>
    public RunFork Record { get; }

    /// <summary>The copied checkpoints.</summary>
    public CheckpointStore Store { get; }

    /// <summary>The checkpoint that the run started from.</summary>
    public CheckpointEntry Entry { get; }

    /// <summary>The losses up to the checkpoint, as bytes of a file.</summary>
    public string StepsFile => Path.Combine(_folder, Steps);

    /// <summary>The rows of metrics up to the checkpoint.</summary>
    public string MetricsFile => Path.Combine(_folder, Metrics);

    /// <summary>Copies the moment of a parent that a fork starts from. The parent is only read.</summary>
    /// <param name="from">The parent and its checkpoint.</param>
    /// <param name="changed">The changes to the parent's config.</param>
    /// <param name="folder">The folder of the new run.</param>
    /// <exception cref="RequestException">A file of the parent is missing, shorter than the checkpoint says, or damaged.</exception>
    /// <exception cref="WorkFailedException">The folder can't be written.</exception>
    public static ForkOrigin Copy(ForkRequest from, IReadOnlyDictionary<string, IReadOnlyList<string>> changed, RunFolder folder)
    {
        var parent = new CheckpointStore(from.Parent.CheckpointsFolder);
        CheckpointEntry entry = from.Checkpoint.Entry;
        CheckpointEntry? best = from.Best;
        string target = folder.ForkFolder;
        OutputFile.Guard(target, () => Directory.CreateDirectory(CheckpointsOf(target)));
        CheckpointEntry[] entries = [.. new[] { best, entry }.OfType<CheckpointEntry>().DistinctBy(e => e.Name)];
        foreach (CheckpointEntry copied in entries)
        {
            string to = Path.Combine(CheckpointsOf(target), copied.Name);
            OutputFile.Guard(to, () => Directory.CreateDirectory(to));
            foreach ((string file, string expected) in copied.Sha256)
            {
                string source = Path.Combine(parent.FolderOf(copied), file);
                string received = CopyStart(source, Path.Combine(to, file), length: null);
                if (received != expected)
                {
                    throw new RequestException(new Problem("The file changed while it was copied") { Where = source, Expected = $"SHA-256 {expected}", Received = received });
                }
            }

            OutputFile.Guard(to, () => AtomicFile.FlushFolder(to));
        }

        new CheckpointIndex(CheckpointIndex.CurrentFormat, best?.Name, entry.Name, entries).Write(Path.Combine(CheckpointsOf(target), CheckpointStore.IndexFile));
        var sha256 = new SortedDictionary<string, string>(entry.Sha256.ToDictionary(), StringComparer.Ordinal)
        {
            [Metrics] = CopyStart(from.Parent.MetricsFile, Path.Combine(target, Metrics), Runs.MetricsFile.LengthOf(from.Parent.MetricsFile, from.Checkpoint.Point.History.Passes.Count)),
            [Steps] = CopyStart(from.Parent.StepsFile, Path.Combine(target, Steps), entry.Step * sizeof(float)),
        };
        OutputFile.Guard(target, () => AtomicFile.FlushFolder(target));
        return new ForkOrigin(target, new RunFork(RunNames.Of(from.Parent.FullPath), entry.Name, entry.Epoch, entry.Step, entry.WeightsDigest, sha256, changed));
    }

    /// <summary>Opens the copy in a forked run's folder and compares it with the run's record.</summary>
    /// <returns>The copy; null if the run is no fork.</returns>
    /// <exception cref="RequestException">A file is missing or damaged.</exception>
    public static ForkOrigin? Open(RunFolder folder, RunManifest manifest)
    {
        if (manifest.Fork is not { } record)
        {
            return null;
        }

        var origin = new ForkOrigin(folder.ForkFolder, record);
        foreach ((string file, string expected) in record.Sha256)
        {
            string path = file is Metrics or Steps ? Path.Combine(folder.ForkFolder, file) : Path.Combine(origin.Store.FolderOf(origin.Entry), file);
            using FileStream content = InputFile.Open(path);
            string received = Convert.ToHexStringLower(SHA256.HashData(content));
            if (received != expected)
            {
                throw new RequestException(new Problem("The copy of what the fork started from is damaged") { Where = path, Expected = $"SHA-256 {expected} (run.json)", Received = received });
            }
        }

        return origin;
    }

    /// <summary>Reads the point that the run starts from.</summary>
    /// <exception cref="RequestException">The checkpoint or its best weights are damaged.</exception>
    public ResumePoint Point(bool needsBest) => CheckpointReader.Read(Store, Entry, needsBest);

    /// <summary>Writes the losses, the rows and the checkpoints that the run begins with, in the form in which it resumes from them: the
    /// checkpoints have the fork's config.</summary>
    /// <param name="folder">The folder of the new run.</param>
    /// <param name="modelMetadata">The metadata of the model in each checkpoint.</param>
    /// <returns>The checkpoint to continue from.</returns>
    /// <exception cref="WorkFailedException">The folder can't be written.</exception>
    public CheckpointEntry Begin(RunFolder folder, IReadOnlyDictionary<string, string> modelMetadata)
    {
        CopyStart(StepsFile, folder.StepsFile, length: null);
        CopyStart(MetricsFile, folder.MetricsFile, length: null);
        var store = new CheckpointStore(folder.CheckpointsFolder, keep: Store.Index.Checkpoints.Count);
        foreach (CheckpointEntry entry in Store.Index.Checkpoints)
        {
            SafetensorsFile training = Store.Read(entry, CheckpointStore.TrainingFile);
            var at = new Progress(entry.Epoch, entry.Step);
            using var content = new CheckpointContent(
                [.. TensorSet.Of(Store.Read(entry, CheckpointStore.ModelFile)).ByName], modelMetadata, [.. TensorSet.Of(training).ByName], training.Metadata)
            {
                Raw = entry.Sha256.ContainsKey(CheckpointStore.RawFile) ? [.. TensorSet.Of(Store.Read(entry, CheckpointStore.RawFile)).ByName] : null,
            };
            store.Save(at, insideEpoch: entry.Name == CheckpointStore.NameOf(at, insideEpoch: true), isBest: entry.Name == Store.Index.Best, content);
        }

        return store.Find(Entry.Name);
    }

    private static string CheckpointsOf(string folder) => Path.Combine(folder, "checkpoints");

    /// <summary>Copies the beginning of a file, or all of it, and flushes the copy to disk.</summary>
    /// <returns>SHA-256 of the copy.</returns>
    private static string CopyStart(string from, string to, long? length)
    {
        using FileStream source = InputFile.Open(from);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long left = length ?? source.Length;
        OutputFile.Guard(to, () =>
        {
            using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            var buffer = new byte[1 << 20];
            while (left > 0)
            {
                int read = source.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
                if (read == 0)
                {
                    throw new RequestException(new Problem("The file is shorter than the checkpoint says") { Where = from, Expected = $"{left} more bytes", Received = "the end of the file" });
                }

                target.Write(buffer, 0, read);
                hash.AppendData(buffer, 0, read);
                left -= read;
            }

            DiskFlush.File(target.SafeFileHandle, to);
        });
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
