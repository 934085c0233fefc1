using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Configuration;

namespace Regimen.App.Commands;

/// <summary>Prints a composed config: each value with its source.</summary>
internal static class ConfigPrinter
{
    public static void Print(AppHost host, ComposedConfig composed, bool json)
    {
        if (json)
        {
            ProblemReport.WriteJson(host, composed.Config.ToJson());
            return;
        }

        int keys = composed.Values.Max(v => v.Key.Length);
        int texts = Math.Min(40, composed.Values.Max(v => v.Text.Length));
        Page page = Page.Of(host);
        foreach (ConfigValue value in composed.Values)
        {
            page.Line($"{value.Key.PadRight(keys)}  {value.Text.PadRight(texts)}  {value.Source}".TrimEnd(), keys, Page.LabelStyle);
        }
    }
}
