using System.Text;
using Regimen.Charts;

namespace Regimen.Reports;

/// <summary>A row of a table of names and values.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value; without one the row is left out.</param>
/// <remarks>A class, as the other small types of reports and charts: collections of structs are compiled when they are used first, which would take
/// longer than writing a report.</remarks>
internal sealed record ReportFact(string Name, string? Value);

/// <summary>Builds markup that is both HTML and well-formed XML. Every text is escaped; only <see cref="Raw"/> is not.</summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _html = new();

    public HtmlText Open(string element, string? cssClass = null)
    {
        _html.Append('<').Append(element);
        if (cssClass is not null)
        {
            _html.Append(" class=\"").Append(cssClass).Append('"');
        }

        _html.Append('>');
        return this;
    }

    /// <summary>Opens a box that scrolls if its content is too wide. It takes the focus, so that keys can scroll it.</summary>
    public HtmlText OpenScroll()
    {
        _html.Append("<div class=\"scroll\" tabindex=\"0\">");
        return this;
    }

    public HtmlText Close(string element)
    {
        _html.Append("</").Append(element).Append('>');
        if (element is "section" or "table" or "tr" or "p" or "h1" or "h2" or "h3" or "figure" or "div" or "ul" or "header")
        {
            _html.Append('\n');
        }

        return this;
    }

    /// <summary>An element with a text in it.</summary>
    public HtmlText Element(string element, string text, string? cssClass = null) => Open(element, cssClass).Text(text).Close(element);

    public HtmlText Text(string text)
    {
        _html.Append(Markup.Escape(text));
        return this;
    }

    /// <summary>Markup that is correct already: a chart.</summary>
    public HtmlText Raw(string markup)
    {
        _html.Append(markup);
        return this;
    }

    /// <summary>A section with a heading.</summary>
    public HtmlText Section(string heading, Action content)
    {
        Open("section").Element("h2", heading);
        content();
        return Close("section");
    }

    /// <summary>A chart with an optional caption.</summary>
    public HtmlText Figure(Chart chart, string? caption = null, string? cssClass = null)
    {
        Open("figure", cssClass).Raw(chart.Svg());
        if (caption is not null)
        {
            Element("figcaption", caption);
        }

        return Close("figure");
    }

    /// <summary>A table of two columns: names and values.</summary>
    public HtmlText Facts(IReadOnlyList<ReportFact> facts)
    {
        Open("table", "facts");
        foreach (ReportFact fact in facts)
        {
            if (!string.IsNullOrEmpty(fact.Value))
            {
                Open("tr").Element("th", fact.Name).Element("td", fact.Value).Close("tr");
            }
        }

        return Close("table");
    }

    /// <summary>A table with a heading for each column. A name that begins with <c>#</c> is that of a column of numbers.</summary>
    public HtmlText Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        OpenScroll().Open("table", "data").Open("thead").Open("tr");
        foreach (string column in columns)
        {
            Element("th", column.TrimStart('#'), column.StartsWith('#') ? "number" : null);
        }

        Close("tr").Close("thead").Open("tbody");
        foreach (IReadOnlyList<string> row in rows)
        {
            Open("tr");
            for (int i = 0; i < row.Count; i++)
            {
                Element("td", row[i], columns[i].StartsWith('#') ? "number" : null);
            }

            Close("tr");
        }

        return Close("tbody").Close("table").Close("div");
    }

    public override string ToString() => _html.ToString();
}
