using Regimen.Charts;

namespace Regimen.Reports;

/// <summary>Shows samples: their pictures, the files that they come from, their columns.</summary>
internal static class SampleCards
{
    /// <summary>Begins a card with the sample's picture.</summary>
    /// <param name="html">The report.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="what">The picture in words.</param>
    public static void Open(HtmlText html, FoundSample sample, string what)
    {
        html.Open("div", "card");
        if (sample.Picture is { } picture && IsBase64(picture.Png))
        {
            html.Raw($"<img alt=\"{Markup.Escape(what)}\" width=\"{picture.Width}\" height=\"{picture.Height}\" src=\"data:image/png;base64,{picture.Png}\"/>");
        }
    }

    /// <summary>Ends a card with the sample's index and origin.</summary>
    public static void Close(HtmlText html, FoundSample sample, ReportLimits limits)
        => html.Element("div", sample.Origin is { } origin ? Markup.Shorten(origin, limits.Name) : $"sample {ReportNumbers.Count(sample.Index)}", "muted").Close("div");

    /// <summary>The heading of a column; a leading # is a part of its name.</summary>
    public static string Heading(string column, ReportLimits limits) => Markup.Shorten(column.StartsWith('#') ? $"\u200B{column}" : column, limits.Name);

    /// <summary>The values of a sample's first columns.</summary>
    public static IEnumerable<string> Cells(FoundSample sample, int columns, ReportLimits limits)
        => Enumerable.Range(0, columns).Select(i => i < sample.Columns.Count ? Markup.Shorten(sample.Columns[i].Value, limits.Name) : ReportNumbers.None);

    private static bool IsBase64(string text) => System.Buffers.Text.Base64.IsValid(text) && !text.Any(char.IsWhiteSpace);
}
