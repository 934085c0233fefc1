using System.Text;

namespace Regimen.Charts;

/// <summary>Writes a drawing as SVG. It has no ids and no inline styles: any number of drawings can stand in one page, also one whose content
/// security policy forbids inline styles.</summary>
internal sealed class SvgCanvas : IChartCanvas
{
    private readonly StringBuilder _svg = new();

    /// <summary>The elements that were drawn.</summary>
    public string Elements => _svg.ToString();

    public void Line(ReadOnlySpan<ChartPoint> points, ChartStroke stroke, string? tip = null)
    {
        var path = new StringBuilder();
        int run = 0;
        for (int i = 0; i < points.Length; i++)
        {
            if (points[i].IsGap)
            {
                run = 0;
                continue;
            }

            bool isAlone = run == 0 && (i + 1 == points.Length || points[i + 1].IsGap);
            path.Append(run++ == 0 ? 'M' : 'L').AppendNumber(points[i].X).Append(' ').AppendNumber(points[i].Y);
            if (isAlone && points.Length != 1)
            {
                // A line of no length with round ends is a dot.
                path.Append("h0");
            }
        }

        if (path.Length == 0)
        {
            return;
        }

        _svg.Append("<path d=\"").Append(path).Append("\" fill=\"none\" class=\"cs-").Append(stroke.Color.Name).Append("\" stroke=\"").Append(stroke.Color.Light).Append('"');
        Attribute("stroke-width", stroke.Width, 1);
        Attribute("stroke-opacity", stroke.Opacity, 1);
        if (stroke.IsDashed)
        {
            _svg.Append(" stroke-dasharray=\"5 3\"");
        }

        _svg.Append(" stroke-linejoin=\"round\" stroke-linecap=\"round\"");
        End("path", tip);
    }

    public void Area(ReadOnlySpan<ChartPoint> outline, ChartColor color, double opacity)
    {
        if (outline.Length < 3)
        {
            return;
        }

        _svg.Append("<path d=\"");
        for (int i = 0; i < outline.Length; i++)
        {
            _svg.Append(i == 0 ? 'M' : 'L').Append(Markup.Number(outline[i].X)).Append(' ').Append(Markup.Number(outline[i].Y));
        }

        _svg.Append("Z\"");
        Fill(color, opacity);
        End("path", null);
    }

    public void Rectangles(ReadOnlySpan<ChartRectangle> rectangles, ChartColor color, double opacity = 1, string? tip = null)
    {
        if (rectangles.Length == 0)
        {
            return;
        }

        _svg.Append("<path d=\"");
        foreach (ChartRectangle one in rectangles)
        {
            string width = Markup.Number(one.Width);
            _svg.Append('M').Append(Markup.Number(one.X)).Append(' ').Append(Markup.Number(one.Y)).Append('h').Append(width)
                .Append('v').Append(Markup.Number(one.Height)).Append("h-").Append(width).Append('z');
        }

        _svg.Append('"');
        Fill(color, opacity);
        End("path", tip);
    }

    public void Disc(ChartPoint center, double radius, ChartColor color, double opacity = 1, string? tip = null)
    {
        if (center.IsGap)
        {
            return;
        }

        _svg.Append("<circle cx=\"").Append(Markup.Number(center.X)).Append("\" cy=\"").Append(Markup.Number(center.Y)).Append("\" r=\"").Append(Markup.Number(radius)).Append('"');
        Fill(color, opacity);
        End("circle", tip);
    }

    public void Text(double x, double y, string text, ChartFont font)
    {
        _svg.Append("<text x=\"").Append(Markup.Number(x)).Append("\" y=\"").Append(Markup.Number(y)).Append("\" font-size=\"").Append(Markup.Number(font.Size)).Append('"');
        if (font.Anchor != ChartAnchor.Start)
        {
            _svg.Append(" text-anchor=\"").Append(font.Anchor == ChartAnchor.Middle ? "middle" : "end").Append('"');
        }

        if (font.IsBold)
        {
            _svg.Append(" font-weight=\"600\"");
        }

        if (font.Turn != 0)
        {
            _svg.Append(" transform=\"rotate(").Append(Markup.Number(font.Turn)).Append(' ').Append(Markup.Number(x)).Append(' ').Append(Markup.Number(y)).Append(")\"");
        }

        Fill(font.Color, 1);
        _svg.Append('>').Append(Markup.Escape(text)).Append("</text>");
    }

    public void BeginClip(ChartRectangle inside)
    {
        // An svg element inside another one cuts what it contains, without an id as a clip path needs.
        string box = $"{Markup.Number(inside.X)} {Markup.Number(inside.Y)} {Markup.Number(inside.Width)} {Markup.Number(inside.Height)}";
        _svg.Append("<svg x=\"").Append(Markup.Number(inside.X)).Append("\" y=\"").Append(Markup.Number(inside.Y)).Append("\" width=\"").Append(Markup.Number(inside.Width))
            .Append("\" height=\"").Append(Markup.Number(inside.Height)).Append("\" viewBox=\"").Append(box).Append("\" overflow=\"hidden\">");
    }

    public void EndClip() => _svg.Append("</svg>");

    private void Fill(ChartColor color, double opacity)
    {
        _svg.Append(" class=\"cf-").Append(color.Name).Append("\" fill=\"").Append(color.Light).Append('"');
        Attribute("fill-opacity", opacity, 1);
    }

    private void Attribute(string name, double value, double standard)
    {
        if (value != standard)
        {
            _svg.Append(' ').Append(name).Append("=\"").Append(value.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture)).Append('"');
        }
    }

    private void End(string element, string? tip)
    {
        if (tip is null)
        {
            _svg.Append("/>");
        }
        else
        {
            _svg.Append("><title>").Append(Markup.Escape(tip)).Append("</title></").Append(element).Append('>');
        }
    }
}
