using System.Text;
using System.Text.RegularExpressions;

namespace Regimen.Runs;

/// <summary>Cuts <c>train.log</c> back to what a resumed run counts on.</summary>
internal static class RunLogCut
{
    /// <summary>Keeps everything up to the line of a checkpoint. Where there is no such line everything stays: the log is for people.</summary>
    /// <param name="path">The log.</param>
    /// <param name="checkpoint">The checkpoint's name; null for none: nothing stays.</param>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public static void Apply(string path, string? checkpoint)
    {
        if (!File.Exists(path))
        {
            return;
        }

        OutputFile.Guard(path, () =>
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
            long? length = checkpoint is null ? 0 : EndOfLine(file, checkpoint);
            file.SetLength(length ?? file.Length);
        });
    }

    /// <summary>Where the last line ends that tells of this checkpoint.</summary>
    private static long? EndOfLine(FileStream file, string checkpoint)
    {
        using var reader = new StreamReader(file, Encoding.UTF8, leaveOpen: true);
        string text = reader.ReadToEnd();
        string told = RunLogText.OfCheckpoint(checkpoint, isBest: false);
        Match? line = Regex.Matches(text, $"Z INF {Regex.Escape(told)}(,[^\\n]*)?\\r?\\n").LastOrDefault();
        return line is null ? null : Encoding.UTF8.GetByteCount(text.AsSpan(0, line.Index + line.Length));
    }
}
