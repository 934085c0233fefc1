using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Charts;
using Spectre.Console;

namespace Regimen.App.Commands;

/// <summary>Draws curves as text: as Braille patterns in colour on a terminal, otherwise in ASCII.</summary>
internal static class PlotText
{
    private const int PlainWidth = 100;
    private const int Rows = 20;
    private const int LeastColumns = 20;

    /// <summary>Colours that are told apart on dark and on light terminals.</summary>
    private static readonly Style[] Colors = [.. new (byte R, byte G, byte B)[]
    {
        (0x2F, 0x8F, 0xF0), (0xE0, 0x7B, 0x1F), (0x1F, 0xA8, 0x8A), (0xC2, 0x55, 0x9C), (0x7F, 0x7F, 0xD5), (0xB5, 0x94, 0x10), (0x8A, 0x94, 0x9E), (0xD6, 0x4B, 0x42),
    }.Select(c => new Style(new Color(c.R, c.G, c.B)))];

    /// <summary>The number of columns of a drawing, with its labels.</summary>
    public static int Width(AppHost host) => Math.Min((Page.Of(host).Width ?? PlainWidth) - 1, 160);

    public static void Write(AppHost host, PlotRequest request, IReadOnlyList<PlottedCurve> curves)
    {
        LineSeries[] lines = [.. request.Lines(curves, 2 * Width(host), withRaw: false)];
        (ChartAxis axis, double scale) = request.Horizontal(lines);
        Write(host, [.. lines.Select(l => l with { X = [.. l.X.Select(x => x * scale)] })], axis, request.IsLog);
    }

    /// <summary>Draws lines.</summary>
    /// <param name="host">The program, with its terminal.</param>
    /// <param name="lines">The lines, whose positions are in the unit of <paramref name="axis"/>.</param>
    /// <param name="axis">The horizontal axis.</param>
    /// <param name="isLog">Whether the vertical axis is logarithmic.</param>
    public static void Write(AppHost host, LineSeries[] lines, ChartAxis axis, bool isLog)
    {
        var page = Page.Of(host);
        bool isBraille = host.IsTerminal && host.Console.Profile.Capabilities.Unicode;
        int width = Width(host);
        var y = AxisScale.Of(new ChartAxis { IsLog = isLog }, lines.SelectMany(l => l.Y), 0, 1, 6);
        int labels = y.Ticks.Select(t => t.Label.Length).DefaultIfEmpty().Max() + 2;
        var canvas = new DotCanvas(Math.Max(LeastColumns, width - labels - 1), Rows, isBraille);
        y = AxisScale.Of(new ChartAxis { IsLog = isLog }, lines.SelectMany(l => l.Y), canvas.Height - 1, 0, 6);
        var x = AxisScale.Of(axis, lines.SelectMany(l => l.X), 0, canvas.Width - 1, Math.Max(2, width / 14));
        for (int i = 0; i < lines.Length; i++)
        {
            Draw(canvas, lines[i], x, y, i);
        }

        WriteLegend(page, canvas, lines);
        WriteRows(page, canvas, y, labels, isBraille);
        WriteAxis(page, canvas, x, axis.Label, labels, isBraille);
    }

    private static void Draw(DotCanvas canvas, LineSeries line, AxisScale x, AxisScale y, int series)
    {
        (int X, int Y)? before = null;
        for (int i = 0; i < line.X.Count; i++)
        {
            (double toX, double toY) = (x.Map(line.X[i]), y.Map(line.Y[i]));
            if (double.IsNaN(toX) || double.IsNaN(toY))
            {
                before = null;
                continue;
            }

            (int X, int Y) to = ((int)Math.Round(toX), Math.Clamp((int)Math.Round(toY), -1, canvas.Height));
            (int X, int Y) from = before ?? to;
            canvas.Line(from.X, from.Y, to.X, to.Y, series);
            before = to;
        }
    }

    private static void WriteLegend(Page page, DotCanvas canvas, LineSeries[] lines)
    {
        int width = lines.Max(l => l.Name.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            double[] values = [.. lines[i].Y.Where(double.IsFinite)];
            string facts = values.Length == 0 ? "no finite value" : $"last {DisplayText.Number(lines[i].Y[^1])}, least {DisplayText.Number(values.Min())}, greatest {DisplayText.Number(values.Max())}";
            page.Cells([new(canvas.MarkOf(i), Colors[i % Colors.Length]), $" {lines[i].Name.PadRight(width)}  ", new(facts, Page.LabelStyle)]);
        }
    }

    private static void WriteRows(Page page, DotCanvas canvas, AxisScale y, int labels, bool isBraille)
    {
        int dots = canvas.Height / Rows;
        Dictionary<int, string> ticks = y.Ticks.Select(t => (Row: (int)Math.Round(y.Map(t.Value)) / dots, t.Label)).DistinctBy(t => t.Row).ToDictionary(t => t.Row, t => t.Label);
        for (int row = 0; row < Rows; row++)
        {
            bool isTick = ticks.TryGetValue(row, out string? label);
            string edge = isBraille ? isTick ? "┤" : "│" : isTick ? "+" : "|";
            page.Cells([new((label ?? string.Empty).PadLeft(labels - 1) + edge, Page.LabelStyle), .. canvas.Row(row).Select(p => p.Series < 0 ? new Cell(p.Text) : new Cell(p.Text, Colors[p.Series % Colors.Length]))]);
        }
    }

    private static void WriteAxis(Page page, DotCanvas canvas, AxisScale x, string name, int labels, bool isBraille)
    {
        int dots = isBraille ? 2 : 1;
        int columns = canvas.Width / dots;
        char[] edge = [.. Enumerable.Repeat(isBraille ? '─' : '-', columns)];
        char[] text = [.. Enumerable.Repeat(' ', columns + labels)];
        int free = 0;
        foreach (AxisTick tick in x.Ticks)
        {
            int column = Math.Clamp((int)Math.Round(x.Map(tick.Value)) / dots, 0, columns - 1);
            int start = Math.Clamp(labels + column - (tick.Label.Length / 2), 0, text.Length - tick.Label.Length);
            if (start < free)
            {
                continue;
            }

            edge[column] = isBraille ? '┬' : '+';
            tick.Label.CopyTo(0, text, start, tick.Label.Length);
            free = start + tick.Label.Length + 1;
        }

        string corner = new string(' ', labels - 1) + (isBraille ? "└" : "+");
        page.Cells([new(corner + new string(edge), Page.LabelStyle)]);
        page.Cells([new(new string(text).TrimEnd(), Page.LabelStyle)]);
        page.Cells([new(new string(' ', labels + Math.Max(0, (columns - name.Length) / 2)) + name, Page.LabelStyle)]);
    }
}
