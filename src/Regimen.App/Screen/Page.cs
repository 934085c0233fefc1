using Regimen.App.Hosting;
using Spectre.Console;

namespace Regimen.App.Screen;

/// <summary>Writes a command's output: on a terminal wrapped between words and with colour, otherwise as plain text.</summary>
internal sealed class Page
{
    /// <summary>The minimum width: a narrower terminal is treated as this wide, because tables need some room.</summary>
    private const int LeastWidth = 40;

    private readonly TextWriter _output;
    private readonly IAnsiConsole? _console;

    private Page(TextWriter output, IAnsiConsole? console)
    {
        _output = output;
        _console = console;
    }

    /// <summary>The style of a value's name.</summary>
    public static Style LabelStyle { get; } = new(Color.Grey);

    /// <summary>The style of a heading.</summary>
    public static Style HeadingStyle { get; } = new(decoration: Decoration.Bold);

    /// <summary>The columns of the terminal; null if lines may have any length.</summary>
    public int? Width => _console is null ? null : Math.Max(LeastWidth, _console.Profile.Width);

    /// <summary>Creates the page for a command's results.</summary>
    public static Page Of(AppHost host) => new(host.Out, host.IsTerminal ? host.Console : null);

    /// <summary>Creates the page for a command's problems.</summary>
    public static Page OfErrors(AppHost host) => new(host.Error, host.ErrorConsole);

    /// <summary>Writes an empty line.</summary>
    public void Line() => Line(string.Empty);

    /// <summary>Writes a line. If it is wrapped, it continues below the text after its first gap of two spaces (<c>name  text</c>).</summary>
    public void Line(string text) => Line(text, 0, Style.Plain);

    /// <summary>Writes a heading.</summary>
    public void Heading(string text) => Line(text, text.Length, HeadingStyle);

    /// <summary>Writes a name and its value.</summary>
    public void Field(string name, string value, int width) => Line($"{name.PadRight(width)}  {value}", name.Length, LabelStyle);

    /// <summary>Writes a line whose beginning has its own style.</summary>
    public void Line(string text, int styled, Style style)
    {
        if (_console is null)
        {
            _output.WriteLine(text);
            return;
        }

        // Some terminals add an empty line after a line that is as wide as the terminal.
        foreach (string line in WordWrap.Lines(text, Width!.Value - 1))
        {
            int head = Math.Clamp(styled, 0, line.Length);
            Cells([new Cell(line[..head], style), line[head..]]);
            styled = Math.Max(0, styled - line.Length);
        }
    }

    /// <summary>Writes a line of cells, each with its style, without wrapping.</summary>
    public void Cells(IReadOnlyList<Cell> cells)
    {
        if (_console is null)
        {
            _output.WriteLine(string.Concat(cells.Select(c => c.Text)).TrimEnd());
            return;
        }

        var paragraph = new Paragraph { Overflow = Overflow.Fold };
        foreach (Cell cell in cells)
        {
            paragraph.Append(cell.Text, cell.Style ?? Style.Plain);
        }

        _console.Write(paragraph);
        _console.WriteLine();
    }

    /// <summary>Writes a text line by line.</summary>
    public void Text(string text)
    {
        foreach (string line in text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'))
        {
            Line(line);
        }
    }
}
