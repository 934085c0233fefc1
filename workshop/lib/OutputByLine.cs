using System.Diagnostics;
using System.Text;

namespace Workshop;

/// <summary>Something that a step showed, and the line of its file that did it.</summary>
/// <param name="Line">The line of the outermost frame in the step's file.</param>
/// <param name="Text">Printed text; null for a picture.</param>
/// <param name="Html">A picture as HTML; null for text.</param>
internal sealed record Shown(int Line, string? Text, string? Html);

/// <summary>Passes text on to the terminal, and records which line of a step printed it.</summary>
/// <param name="terminal">The terminal.</param>
/// <param name="source">The full path of the step's file.</param>
internal sealed class OutputByLine(TextWriter terminal, string source) : TextWriter
{
    private readonly Lock _lock = new();
    private readonly List<Shown> _shown = [];
    private int _last = 1;

    public override Encoding Encoding => terminal.Encoding;

    /// <summary>What was shown, in order; texts of one line are joined.</summary>
    public IReadOnlyList<Shown> Shown => _shown;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void WriteLine() => Write("\n");

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        int line = CurrentLine();
        lock (_lock)
        {
            terminal.Write(value);
            if (_shown.Count > 0 && _shown[^1] is { Text: { } before } last && last.Line == line)
            {
                _shown[^1] = last with { Text = before + value };
            }
            else
            {
                _shown.Add(new(line, value, null));
            }
        }
    }

    /// <summary>Records a picture.</summary>
    public void Add(string html)
    {
        int line = CurrentLine();
        lock (_lock)
        {
            _shown.Add(new(line, null, html));
        }
    }

    public override void Flush() => terminal.Flush();

    /// <summary>The line of the step's file that is being executed. For code on another thread it is the last line that showed something.</summary>
    private int CurrentLine()
    {
        StackFrame? frame = new StackTrace(fNeedFileInfo: true).GetFrames().LastOrDefault(f => f.GetFileName() == source);
        return frame is null ? _last : _last = frame.GetFileLineNumber();
    }
}
