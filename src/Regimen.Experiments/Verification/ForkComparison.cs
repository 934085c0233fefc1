using Regimen.Experiments;
using Regimen.Files;
using Regimen.Runs;

namespace Regimen.Verification;

/// <summary>Compares the beginning of a forked run's record with the copy of what the run started from.</summary>
internal static class ForkComparison
{
    /// <summary>Returns the differences: losses and rows byte for byte; weights and optimizer state of the checkpoints up to the fork by digest.</summary>
    public static IEnumerable<Problem> Of(RecordedRun run, ForkOrigin origin)
    {
        RunFork record = origin.Record;
        if ((record.Epoch, record.Step, record.WeightsDigest) != (origin.Entry.Epoch, origin.Entry.Step, origin.Entry.WeightsDigest))
        {
            yield return new Problem("run.json and fork/ do not agree on the checkpoint that the run started from")
            {
                Where = run.Folder.ManifestFile,
                Expected = $"{new Progress(origin.Entry.Epoch, origin.Entry.Step)}, weights digest {origin.Entry.WeightsDigest}",
                Received = $"{new Progress(record.Epoch, record.Step)}, weights digest {record.WeightsDigest}",
            };
        }

        foreach ((string whole, string start) in new[] { (run.Folder.StepsFile, origin.StepsFile), (run.Folder.MetricsFile, origin.MetricsFile) })
        {
            if (!Begins(whole, start))
            {
                yield return new Problem("The file does not begin as the record of the parent") { Where = whole, Expected = $"the bytes of {start}" };
            }
        }

        foreach (RecordedCheckpoint checkpoint in run.Checkpoints.Where(c => c.Entry.Step <= origin.Entry.Step))
        {
            RecordedCheckpoint? parent = origin.Store.Index.Checkpoints.FirstOrDefault(c => c.Name == checkpoint.Entry.Name) is { } entry ? RecordedCheckpoint.Read(origin.Store, entry) : null;
            (string?, string?, string?) expected = (parent?.Entry.WeightsDigest, parent?.StateDigest, parent?.RawDigest);
            if (expected != (checkpoint.Entry.WeightsDigest, checkpoint.StateDigest, checkpoint.RawDigest) || parent!.Best != checkpoint.Best || parent.Running != checkpoint.Running)
            {
                yield return new Problem($"Checkpoint {checkpoint.Entry.Name} is not that of the parent")
                {
                    Where = run.Folder.CheckpointsFolder,
                    Expected = $"weights digest {expected.Item1 ?? "none"}, optimizer state {expected.Item2 ?? "none"}",
                    Received = $"weights digest {checkpoint.Entry.WeightsDigest}, optimizer state {checkpoint.StateDigest}",
                };
            }
        }
    }

    private static bool Begins(string whole, string start)
    {
        using FileStream all = InputFile.Open(whole);
        using FileStream expected = InputFile.Open(start);
        var (a, b) = (new byte[1 << 16], new byte[1 << 16]);
        int read;
        while ((read = expected.ReadAtLeast(b, b.Length, throwOnEndOfStream: false)) > 0)
        {
            if (all.ReadAtLeast(a.AsSpan(0, read), read, throwOnEndOfStream: false) != read || !a.AsSpan(0, read).SequenceEqual(b.AsSpan(0, read)))
            {
                return false;
            }
        }

        return true;
    }
}
