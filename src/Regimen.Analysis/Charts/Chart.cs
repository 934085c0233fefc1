namespace Regimen.Charts;

/// <summary>A chart of plain numbers. Its SVG is a pure function of its content.</summary>
internal abstract record Chart
{
    /// <summary>The heading; empty for none.</summary>
    public string Title { get; init; } = string.Empty;

    /// <summary>What the chart shows, for readers who can't see it.</summary>
    public string Description { get; init; } = string.Empty;

    /// <summary>The width of the drawing; it is scaled to the space that it gets.</summary>
    public double Width { get; init; } = 720;

    /// <summary>The height of the drawing.</summary>
    public virtual double Height { get; init; } = 300;

    /// <summary>Draws the chart.</summary>
    public abstract void Draw(IChartCanvas canvas);

    /// <summary>The SVG element, for a page with <see cref="ChartTheme.StyleSheet"/>. It has its natural size; a page makes it shrink by
    /// <c>svg.chart { max-width: 100%; height: auto }</c>.</summary>
    public string Svg() => Write(string.Empty);

    /// <summary>A complete SVG file with its own style: dark if the reader prefers it.</summary>
    public string SvgFile()
        => "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        + Write($"<style>{Markup.Escape(ChartTheme.StyleSheet)}</style><rect width=\"100%\" height=\"100%\" class=\"cf-{ChartColor.Paper.Name}\" fill=\"{ChartColor.Paper.Light}\"/>")
        + "\n";

    private string Write(string before)
    {
        var canvas = new SvgCanvas();
        Draw(canvas);
        string label = Description.Length == 0 ? Title : Title.Length == 0 ? Description : $"{Title}: {Description}";
        return $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {Markup.Number(Width)} {Markup.Number(Height)}\" width=\"{Markup.Number(Width)}\" height=\"{Markup.Number(Height)}\" role=\"img\" aria-label=\"{Markup.Escape(label)}\""
            + $" font-family=\"system-ui, sans-serif\"><title>{Markup.Escape(Title.Length == 0 ? label : Title)}</title>{before}{canvas.Elements}</svg>";
    }
}
