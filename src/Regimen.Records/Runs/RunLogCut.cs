using System.Text;
using System.Text.RegularExpressions;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary>Cuts <c>train.log</c> back to the checkpoint that a run is resumed from.</summary>
internal static class RunLogCut
{
    /// <summary>Keeps everything up to the line of a checkpoint. If there is no such line, every complete line is kept.</summary>
    /// <param name="path">The log.</param>
    /// <param name="checkpoint">The checkpoint's name; null to start from step 0, which keeps nothing.</param>
    /// <returns>Whether the log ends with the checkpoint's line.</returns>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public static bool Apply(string path, string? checkpoint) => File.Exists(path) && OutputFile.Guard(path, () =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        (long lastLine, long? afterCheckpoint) = checkpoint is null ? (0, null) : Find(file, checkpoint);
        file.SetLength(afterCheckpoint ?? lastLine);
        return afterCheckpoint is not null;
    });

    /// <summary>Returns the text of the line that records a checkpoint, without the text that is added for the best one.</summary>
    internal static string CheckpointLine(string name) => $"checkpoint {name}";

    /// <summary>Returns the end of the last complete line, and the end of the last line that records this checkpoint.</summary>
    private static (long LastLine, long? AfterCheckpoint) Find(FileStream file, string checkpoint)
    {
        var pattern = new Regex($"Z INF {Regex.Escape(CheckpointLine(checkpoint))}(,.*)?\\r?\\n?\\z", RegexOptions.Singleline | RegexOptions.CultureInvariant);
        long? found = null;
        long lastLine = 0;
        foreach ((long end, byte[] line) in ByteLines.Of(file))
        {
            lastLine = end;
            if (pattern.IsMatch(Encoding.UTF8.GetString(line)))
            {
                found = end;
            }
        }

        return (lastLine, found);
    }
}
