using System.Text;

namespace Regimen.Charts;

/// <summary>The style sheet of charts. Each shape has its colour on light paper as an attribute, and classes by which this style sheet gives it the
/// colour of the page's theme. A page that has no such style sheet shows the light colours.</summary>
internal static class ChartTheme
{
    /// <summary>The rules that colour shapes by the variables. A page with charts includes them once.</summary>
    public static string Rules { get; } = WriteRules();

    /// <summary>The declarations of all variables, as <c>--chart-ink:#1c2024;…</c>.</summary>
    public static string Variables(bool dark)
    {
        var css = new StringBuilder();
        foreach (ChartColor color in ChartColor.All)
        {
            css.Append("--chart-").Append(color.Name).Append(':').Append(dark ? color.Dark : color.Light).Append(';');
        }

        return css.ToString();
    }

    /// <summary>The complete style sheet: light, dark if the reader prefers it, light on paper.</summary>
    public static string StyleSheet { get; } =
        $":root{{{Variables(dark: false)}}}@media screen and (prefers-color-scheme:dark){{:root{{{Variables(dark: true)}}}}}{Rules}";

    private static string WriteRules()
    {
        var css = new StringBuilder("svg.chart{max-width:100%;height:auto}svg.chart text{font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif}");
        foreach (ChartColor color in ChartColor.All)
        {
            css.Append(".cs-").Append(color.Name).Append("{stroke:var(--chart-").Append(color.Name).Append(',').Append(color.Light).Append(")}");
            css.Append(".cf-").Append(color.Name).Append("{fill:var(--chart-").Append(color.Name).Append(',').Append(color.Light).Append(")}");
        }

        return css.ToString();
    }
}
