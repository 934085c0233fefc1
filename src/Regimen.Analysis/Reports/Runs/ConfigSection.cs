namespace Regimen.Reports;

/// <summary>The config of a run, group by group; what differs from the defaults is marked.</summary>
internal static class ConfigSection
{
    private const int LongestValue = 400;

    public static void Write(HtmlText html, RunContent run, ReportOptions options)
    {
        if (run.Config.Count == 0)
        {
            return;
        }

        html.Section("Config", () =>
        {
            if (options.Defaults is { } defaults)
            {
                html.Element("p", defaults.Count == 0 ? "Every value is the default." : "Values that differ from the defaults are bold, with the default beside them.", "muted");
            }

            html.Open("div", "columns");
            foreach (IGrouping<string, ReportFact> group in run.Config.GroupBy(k => k.Name.Contains('.', StringComparison.Ordinal) ? k.Name[..k.Name.IndexOf('.', StringComparison.Ordinal)] : "run"))
            {
                html.Open("div").Element("h3", group.Key).Open("table", "facts");
                foreach ((string key, string? value) in group)
                {
                    string? standard = options.Defaults?.GetValueOrDefault(key);
                    html.Open("tr", standard is null ? null : "changed").Element("th", group.Key == "run" ? key : key[(group.Key.Length + 1)..]).Open("td").Text(Charts.Markup.Shorten(value!, LongestValue));
                    if (standard is not null)
                    {
                        html.Text(" ").Element("span", $"default {Charts.Markup.Shorten(standard, LongestValue)}", "default");
                    }

                    html.Close("td").Close("tr");
                }

                html.Close("table").Close("div");
            }

            html.Close("div");
        });
    }
}
