using Regimen.Charts;
using SkiaSharp;

namespace Regimen.Imaging;

/// <summary>Draws a chart as a PNG, in the embedded typeface and in light colours.</summary>
internal sealed class ChartPicture : IChartCanvas
{
    private const float Dash = 5;
    private const float DashGap = 3;
    private readonly SKCanvas _canvas;

    private ChartPicture(SKCanvas canvas) => _canvas = canvas;

    /// <summary>Draws a chart.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="scale">Pixels for each unit of the chart.</param>
    public static byte[] ToPng(Chart chart, float scale = 2)
    {
        using var surface = SKSurface.Create(new SKImageInfo((int)Math.Ceiling(chart.Width * scale), (int)Math.Ceiling(chart.Height * scale), SKColorType.Rgba8888, SKAlphaType.Opaque));
        surface.Canvas.Clear(Color(ChartColor.Paper));
        surface.Canvas.Scale(scale);
        chart.Draw(new ChartPicture(surface.Canvas));
        using SKImage image = surface.Snapshot();
        using SKData png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    public void Line(ReadOnlySpan<ChartPoint> points, ChartStroke stroke, string? tip = null)
    {
        using var path = new SKPathBuilder();
        int run = 0;
        for (int i = 0; i < points.Length; i++)
        {
            if (points[i].IsGap)
            {
                run = 0;
                continue;
            }

            (float x, float y) = ((float)points[i].X, (float)points[i].Y);
            if (run++ == 0)
            {
                path.MoveTo(x, y);

                // A point between two gaps: a line of no length with round ends is a dot.
                path.LineTo(x, y);
            }
            else
            {
                path.LineTo(x, y);
            }
        }

        using var paint = new SKPaint
        {
            Color = Color(stroke.Color, stroke.Opacity),
            IsAntialias = true,
            Style = SKPaintStyle.Stroke,
            StrokeWidth = (float)stroke.Width,
            StrokeCap = SKStrokeCap.Round,
            StrokeJoin = SKStrokeJoin.Round,
        };
        using SKPathEffect? dashes = stroke.IsDashed ? SKPathEffect.CreateDash([Dash, DashGap], 0) : null;
        paint.PathEffect = dashes;
        using SKPath drawn = path.Detach();
        _canvas.DrawPath(drawn, paint);
    }

    public void Area(ReadOnlySpan<ChartPoint> outline, ChartColor color, double opacity)
    {
        if (outline.Length < 3)
        {
            return;
        }

        using var path = new SKPathBuilder();
        path.MoveTo((float)outline[0].X, (float)outline[0].Y);
        foreach (ChartPoint point in outline[1..])
        {
            path.LineTo((float)point.X, (float)point.Y);
        }

        path.Close();
        using SKPaint paint = Fill(color, opacity);
        using SKPath drawn = path.Detach();
        _canvas.DrawPath(drawn, paint);
    }

    public void Rectangles(ReadOnlySpan<ChartRectangle> rectangles, ChartColor color, double opacity = 1, string? tip = null)
    {
        using SKPaint paint = Fill(color, opacity);
        foreach (ChartRectangle one in rectangles)
        {
            _canvas.DrawRect(Rectangle(one), paint);
        }
    }

    public void Disc(ChartPoint center, double radius, ChartColor color, double opacity = 1, string? tip = null)
    {
        if (!center.IsGap)
        {
            using SKPaint paint = Fill(color, opacity);
            _canvas.DrawCircle((float)center.X, (float)center.Y, (float)radius, paint);
        }
    }

    public void Text(double x, double y, string text, ChartFont font)
    {
        _canvas.Save();
        _canvas.RotateDegrees((float)font.Turn, (float)x, (float)y);
        SheetText.DrawAt(_canvas, text, (float)x, (float)y, (float)font.Size, font.IsBold, Color(font.Color), font.Anchor switch
        {
            ChartAnchor.Middle => SKTextAlign.Center,
            ChartAnchor.End => SKTextAlign.Right,
            _ => SKTextAlign.Left,
        });
        _canvas.Restore();
    }

    public void BeginClip(ChartRectangle inside)
    {
        _canvas.Save();
        _canvas.ClipRect(Rectangle(inside));
    }

    public void EndClip() => _canvas.Restore();

    private static SKRect Rectangle(ChartRectangle one) => new((float)one.X, (float)one.Y, (float)one.Right, (float)one.Bottom);

    private static SKPaint Fill(ChartColor color, double opacity) => new() { Color = Color(color, opacity), IsAntialias = true };

    private static SKColor Color(ChartColor color, double opacity = 1) => SKColor.Parse(color.Light).WithAlpha((byte)Math.Round(255 * opacity));
}
