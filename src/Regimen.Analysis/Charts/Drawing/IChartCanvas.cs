namespace Regimen.Charts;

/// <summary>A point of a drawing, in its own units: x to the right, y downward. A point that is not finite is a gap in a line.</summary>
internal readonly record struct ChartPoint(double X, double Y)
{
    public bool IsGap => !double.IsFinite(X) || !double.IsFinite(Y);
}

/// <summary>A rectangle of a drawing.</summary>
internal readonly record struct ChartRectangle(double X, double Y, double Width, double Height)
{
    public double Right => X + Width;

    public double Bottom => Y + Height;
}

/// <summary>How a line is drawn.</summary>
/// <param name="Color">Its colour.</param>
/// <param name="Width">Its width.</param>
/// <param name="Opacity">From 0 to 1.</param>
/// <param name="IsDashed">Whether it is dashed.</param>
internal readonly record struct ChartStroke(ChartColor Color, double Width = 1, double Opacity = 1, bool IsDashed = false);

/// <summary>Where a text begins.</summary>
internal enum ChartAnchor
{
    Start,
    Middle,
    End,
}

/// <summary>How a text is drawn; its position is on its baseline.</summary>
/// <param name="Color">Its colour.</param>
/// <param name="Size">The height of its font.</param>
/// <param name="Anchor">Whether its position is its start, its middle or its end.</param>
/// <param name="IsBold">Whether it is bold.</param>
/// <param name="Turn">The angle in degrees, clockwise.</param>
internal readonly record struct ChartFont(ChartColor Color, double Size = 11, ChartAnchor Anchor = ChartAnchor.Start, bool IsBold = false, double Turn = 0);

/// <summary>What charts are drawn on.</summary>
internal interface IChartCanvas
{
    /// <summary>Draws a line through points; a gap interrupts it, and a point between two gaps is drawn as a dot.</summary>
    void Line(ReadOnlySpan<ChartPoint> points, ChartStroke stroke, string? tip = null);

    /// <summary>Fills the area inside a line that returns to its start.</summary>
    void Area(ReadOnlySpan<ChartPoint> outline, ChartColor color, double opacity);

    /// <summary>Fills rectangles.</summary>
    void Rectangles(ReadOnlySpan<ChartRectangle> rectangles, ChartColor color, double opacity = 1, string? tip = null);

    /// <summary>Fills a disc.</summary>
    void Disc(ChartPoint center, double radius, ChartColor color, double opacity = 1, string? tip = null);

    /// <summary>Writes a text.</summary>
    void Text(double x, double y, string text, ChartFont font);

    /// <summary>What follows is drawn inside a rectangle only, until <see cref="EndClip"/>.</summary>
    void BeginClip(ChartRectangle inside);

    /// <summary>Ends <see cref="BeginClip"/>.</summary>
    void EndClip();
}
