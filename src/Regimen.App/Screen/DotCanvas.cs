namespace Regimen.App.Screen;

/// <summary>A grid of dots in character cells: Braille patterns of 2 × 4 dots, or one ASCII mark for each cell.</summary>
/// <param name="columns">The number of cells in a row.</param>
/// <param name="rows">The number of rows.</param>
/// <param name="isBraille">Whether cells are Braille patterns.</param>
internal sealed class DotCanvas(int columns, int rows, bool isBraille)
{
    private const string Marks = "*+ox#@%&";
    private const char EmptyPattern = '\u2800';

    /// <summary>The bits of a Braille pattern by row and column of its dots (Unicode 15, chapter 21).</summary>
    private static readonly byte[,] Bits = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };

    private readonly byte[,] _dots = new byte[rows, columns];
    private readonly int[,] _series = new int[rows, columns];

    /// <summary>The number of dots in a row.</summary>
    public int Width => columns * (isBraille ? 2 : 1);

    /// <summary>The number of rows of dots.</summary>
    public int Height => rows * (isBraille ? 4 : 1);

    /// <summary>Returns the mark of a series in a legend.</summary>
    public string MarkOf(int series) => isBraille ? "⠤⠤" : $"{Marks[series % Marks.Length]}{Marks[series % Marks.Length]}";

    /// <summary>Sets a dot; one outside of the grid is ignored.</summary>
    public void Set(int x, int y, int series)
    {
        if (x < 0 || y < 0 || x >= Width || y >= Height)
        {
            return;
        }

        (int column, int row) = isBraille ? (x / 2, y / 4) : (x, y);
        _dots[row, column] |= isBraille ? Bits[y % 4, x % 2] : (byte)1;
        _series[row, column] = series;
    }

    /// <summary>Draws a line between two dots (Bresenham's algorithm).</summary>
    public void Line(int x, int y, int toX, int toY, int series)
    {
        int stepX = Math.Sign(toX - x);
        int stepY = Math.Sign(toY - y);
        int width = Math.Abs(toX - x);
        int height = -Math.Abs(toY - y);
        int error = width + height;
        while (true)
        {
            Set(x, y, series);
            if (x == toX && y == toY)
            {
                return;
            }

            int doubled = 2 * error;
            if (doubled >= height)
            {
                error += height;
                x += stepX;
            }

            if (doubled <= width)
            {
                error += width;
                y += stepY;
            }
        }
    }

    /// <summary>Returns a row as pieces of text, each with the series that it belongs to; -1 for empty cells.</summary>
    public IEnumerable<(string Text, int Series)> Row(int row)
    {
        for (int from = 0; from < columns;)
        {
            int series = SeriesAt(row, from);
            int to = from;
            while (to < columns && SeriesAt(row, to) == series)
            {
                to++;
            }

            int start = from;
            yield return (string.Create(to - from, (this, row, start), (text, state) =>
            {
                for (int i = 0; i < text.Length; i++)
                {
                    text[i] = state.Item1.CharAt(state.row, state.start + i);
                }
            }), series);
            from = to;
        }
    }

    private int SeriesAt(int row, int column) => _dots[row, column] == 0 ? -1 : _series[row, column];

    private char CharAt(int row, int column) => _dots[row, column] == 0 ? ' ' : isBraille ? (char)(EmptyPattern + _dots[row, column]) : Marks[_series[row, column] % Marks.Length];
}
