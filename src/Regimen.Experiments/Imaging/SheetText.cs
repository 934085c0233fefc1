using SkiaSharp;

namespace Regimen.Imaging;

/// <summary>Draws text in the embedded typeface.</summary>
internal static class SheetText
{
    private static readonly Lazy<SKTypeface> Regular = new(() => Load("Inter-Regular.otf"));
    private static readonly Lazy<SKTypeface> SemiBold = new(() => Load("Inter-SemiBold.otf"));

    /// <summary>Draws a left-aligned line. Text that exceeds the width is shortened with an ellipsis.</summary>
    public static void Draw(SKCanvas canvas, string text, float x, float baseline, float width, float size, bool bold, SKColor colour)
    {
        using SKFont font = Font(size, bold);
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        canvas.DrawText(Shorten(Drawable(text, font), font, width), x, baseline, SKTextAlign.Left, font, paint);
    }

    /// <summary>Draws a right-aligned line and returns its width.</summary>
    public static float DrawRight(SKCanvas canvas, string text, float right, float baseline, float size, SKColor colour)
    {
        using SKFont font = Font(size, bold: false);
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        canvas.DrawText(text, right, baseline, SKTextAlign.Right, font, paint);
        return font.MeasureText(text);
    }

    /// <summary>Draws a line at a position on its baseline.</summary>
    public static void DrawAt(SKCanvas canvas, string text, float x, float baseline, float size, bool bold, SKColor colour, SKTextAlign align)
    {
        using SKFont font = Font(size, bold);
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        canvas.DrawText(Drawable(text, font), x, baseline, align, font, paint);
    }

    private static string Shorten(string text, SKFont font, float width)
    {
        if (font.MeasureText(text) <= width)
        {
            return text;
        }

        int length = text.Length;
        while (length > 0 && font.MeasureText(text[..length] + "…") > width)
        {
            length--;
        }

        return text[..length] + "…";
    }

    /// <summary>Replaces characters that the typeface does not have by a middle dot.</summary>
    private static string Drawable(string text, SKFont font)
        => string.Concat(text.EnumerateRunes().Select(rune => font.ContainsGlyph(rune.Value) ? rune.ToString() : "·"));

    private static SKFont Font(float size, bool bold) => new((bold ? SemiBold : Regular).Value, size) { Edging = SKFontEdging.Antialias, Subpixel = true };

    private static SKTypeface Load(string name)
    {
        using Stream font = typeof(SheetText).Assembly.GetManifestResourceStream(name)!;
        return SKTypeface.FromStream(font);
    }
}
