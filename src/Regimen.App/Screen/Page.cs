using Regimen.App.Hosting;
using Spectre.Console;

namespace Regimen.App.Screen;

/// <summary>Text for whoever reads a command's output: on a terminal wrapped between words and with colour, elsewhere as it is.</summary>
internal sealed class Page
{
    /// <summary>No terminal is taken for narrower: with less room a table has no sense.</summary>
    private const int LeastWidth = 40;

    private readonly TextWriter _output;
    private readonly IAnsiConsole? _console;

    private Page(TextWriter output, IAnsiConsole? console)
    {
        _output = output;
        _console = console;
    }

    /// <summary>What names a value.</summary>
    public static Style LabelStyle { get; } = new(Color.Grey);

    /// <summary>What stands above other lines.</summary>
    public static Style HeadingStyle { get; } = new(decoration: Decoration.Bold);

    /// <summary>Columns of the terminal; null where lines may have any length.</summary>
    public int? Width => _console is null ? null : Math.Max(LeastWidth, _console.Profile.Width);

    /// <summary>The results of a command.</summary>
    public static Page Of(AppHost host) => new(host.Out, host.IsTerminal ? host.Console : null);

    /// <summary>The problems of a command.</summary>
    public static Page OfErrors(AppHost host) => new(host.Error, host.ErrorConsole);

    /// <summary>An empty line.</summary>
    public void Line() => Line(string.Empty);

    /// <summary>A line. Where it is wrapped, it goes on below what follows its first wide gap (<c>name  text</c>).</summary>
    public void Line(string text) => Line(text, 0, Style.Plain);

    /// <summary>A line that stands above others.</summary>
    public void Heading(string text) => Line(text, text.Length, HeadingStyle);

    /// <summary>A name and a value behind it.</summary>
    public void Field(string name, string value, int width) => Line($"{name.PadRight(width)}  {value}", name.Length, LabelStyle);

    /// <summary>A line whose beginning has a style of its own.</summary>
    public void Line(string text, int styled, Style style)
    {
        if (_console is null)
        {
            _output.WriteLine(text);
            return;
        }

        // A line that is as wide as the terminal is followed by an empty one on some.
        foreach (string line in WordWrap.Lines(text, Width!.Value - 1))
        {
            int head = Math.Clamp(styled, 0, line.Length);
            Cells([new Cell(line[..head], style), line[head..]]);
            styled = Math.Max(0, styled - line.Length);
        }
    }

    /// <summary>A line of pieces, each with its style; it is not wrapped.</summary>
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

    /// <summary>Any text, line by line.</summary>
    public void Text(string text)
    {
        foreach (string line in text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'))
        {
            Line(line);
        }
    }
}
