using SkiaSharp;

namespace Regimen.Imaging;

/// <summary>Draws the samples of a contact sheet as cards.</summary>
internal sealed class SheetPainter
{
    private const int Margin = 40;
    private const int Gap = 14;
    private const int Padding = 10;
    private const int Caption = 26;
    private const int Head = 96;
    private const int TileSide = 112;
    private const int PageWidth = 1240;
    private static readonly SKColor Page = new(0xF4, 0xF5, 0xF7);
    private static readonly SKColor Card = SKColors.White;
    private static readonly SKColor Line = new(0xE1, 0xE4, 0xEA);
    private static readonly SKColor Ink = new(0x1B, 0x1F, 0x27);
    private static readonly SKColor Faint = new(0x73, 0x7B, 0x8B);

    private readonly string _title;
    private readonly string _subtitle;
    private readonly SheetSamples _samples;
    private readonly SheetTile _tile;
    private readonly int _tiles;
    private readonly int _columns;

    public SheetPainter(string title, string subtitle, SheetSamples samples)
    {
        _title = title;
        _subtitle = subtitle;
        _samples = samples;
        _tile = new SheetTile(TileSide, samples.Samples);
        _tiles = samples.Transforms.Count > 0 ? 2 : 1;
        _columns = Math.Max(1, (PageWidth - (2 * Margin) + Gap) / (CardWidth + Gap));
    }

    private int CardWidth => (_tiles * TileSide) + (2 * Padding) + ((_tiles - 1) * Padding);

    private static int CardHeight => TileSide + (2 * Padding) + Caption;

    public byte[] ToPng()
    {
        int rows = (_samples.Samples.Count + _columns - 1) / _columns;
        int width = (2 * Margin) + (_columns * (CardWidth + Gap)) - Gap;
        int height = Margin + Head + (rows * (CardHeight + Gap)) - Gap + Margin;
        using var surface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        SKCanvas canvas = surface.Canvas;
        canvas.Clear(Page);
        DrawHead(canvas, width);
        for (int i = 0; i < _samples.Samples.Count; i++)
        {
            DrawCard(canvas, _samples.Samples[i], Margin + (i % _columns * (CardWidth + Gap)), Margin + Head + (i / _columns * (CardHeight + Gap)));
        }

        using SKImage image = surface.Snapshot();
        using SKData png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private void DrawHead(SKCanvas canvas, int width)
    {
        float room = width - (2 * Margin);
        SheetText.Draw(canvas, _title, Margin, Margin + 24, room, 28, bold: true, Ink);
        SheetText.Draw(canvas, _subtitle, Margin, Margin + 50, room, 14, bold: false, Faint);
        string legend = _tiles == 1
            ? "as stored"
            : $"left: as stored      right: in epoch 1, after {string.Join(" → ", _samples.Transforms)}";
        SheetText.Draw(canvas, legend, Margin, Margin + 72, room, 14, bold: false, Faint);
    }

    private void DrawCard(SKCanvas canvas, SheetSample sample, float x, float y)
    {
        using var fill = new SKPaint { Color = Card, IsAntialias = true };
        using var edge = new SKPaint { Color = Line, IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = 1 };
        var card = new SKRoundRect(new SKRect(x + 0.5f, y + 0.5f, x + CardWidth - 0.5f, y + CardHeight - 0.5f), 8);
        canvas.DrawRoundRect(card, fill);
        canvas.DrawRoundRect(card, edge);
        _tile.Draw(canvas, sample.Before, x + Padding, y + Padding);
        if (sample.After is { } after)
        {
            _tile.Draw(canvas, after, x + Padding + TileSide + Padding, y + Padding);
        }

        float baseline = y + Padding + TileSide + Caption - 4;
        float used = SheetText.DrawRight(canvas, $"#{sample.Index}", x + CardWidth - Padding, baseline, 11, Faint);
        SheetText.Draw(canvas, sample.Label, x + Padding, baseline, CardWidth - (2 * Padding) - used - 6, 13, bold: true, Ink);
    }
}
