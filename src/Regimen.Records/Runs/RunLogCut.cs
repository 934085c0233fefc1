using System.Text;
using System.Text.RegularExpressions;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary>Cuts <c>train.log</c> back to what a resumed run counts on.</summary>
internal static class RunLogCut
{
    /// <summary>Keeps everything up to the line of a checkpoint. Where there is no such line every whole line stays.</summary>
    /// <param name="path">The log.</param>
    /// <param name="checkpoint">The checkpoint's name; null for none: nothing stays.</param>
    /// <returns>Whether the log ends with the checkpoint's line.</returns>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public static bool Apply(string path, string? checkpoint) => File.Exists(path) && OutputFile.Guard(path, () =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        (long lastLine, long? behindCheckpoint) = checkpoint is null ? (0, null) : Find(file, checkpoint);
        file.SetLength(behindCheckpoint ?? lastLine);
        return behindCheckpoint is not null;
    });

    /// <summary>The line that records a checkpoint, without what follows for the best one.</summary>
    internal static string CheckpointLine(string name) => $"checkpoint {name}";

    /// <summary>Where the last whole line ends, and where the last line ends that tells of this checkpoint.</summary>
    private static (long LastLine, long? BehindCheckpoint) Find(FileStream file, string checkpoint)
    {
        var told = new Regex($"Z INF {Regex.Escape(CheckpointLine(checkpoint))}(,.*)?\\r?\\n?\\z", RegexOptions.Singleline | RegexOptions.CultureInvariant);
        long? found = null;
        long lastLine = 0;
        foreach ((long end, byte[] line) in ByteLines.Of(file))
        {
            lastLine = end;
            if (told.IsMatch(Encoding.UTF8.GetString(line)))
            {
                found = end;
            }
        }

        return (lastLine, found);
    }
}
