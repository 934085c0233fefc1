using Regimen.Configuration;

namespace Regimen.App.Commands;

/// <summary>Shows a composed config: each value and where it came from.</summary>
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
        foreach (ConfigValue value in composed.Values)
        {
            host.Out.WriteLine($"{value.Key.PadRight(keys)}  {value.Text.PadRight(texts)}  {value.Source}".TrimEnd());
        }
    }
}
