using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Screen;
using Regimen.Experiments;

namespace Regimen.App.Commands;

/// <summary>Formats the comparison of a data set's splits.</summary>
internal static class SplitText
{
    private const string Label = "splits";

    public static JsonObject Document(DataReport report)
    {
        SplitComparison splits = report.Splits;
        return new()
        {
            ["repeated"] = new JsonArray([.. splits.Repeated.Select(r => new JsonObject
            {
                ["first"] = r.First,
                ["second"] = r.Second,
                ["samples"] = r.Samples,
                ["other_targets"] = r.OtherTargets,
                ["examples"] = new JsonArray([.. r.Examples.Select(e => new JsonObject { ["first"] = e.First, ["second"] = e.Second })]),
            })]),
            ["repeated_share"] = splits.Share,
            ["missing_classes"] = new JsonArray([.. SplitComparison.Missing(report.Parts, report.Classes).Select(m => new JsonObject
            {
                ["part"] = m.Part,
                ["classes"] = new JsonArray([.. m.Classes.Select(c => JsonValue.Create(c))]),
            })]),
            ["drift"] = new JsonArray([.. splits.Drift.Select(d => new JsonObject
            {
                ["part"] = d.Part,
                ["column"] = d.Column,
                ["statistic"] = d.Statistic,
                ["value"] = ProblemReport.Number(d.Value),
                ["bound"] = ProblemReport.Number(d.Bound),
                ["probability"] = ProblemReport.Number(d.Probability),
                ["is_large"] = d.IsLarge,
            })]),
            ["warnings"] = new JsonArray([.. splits.Warnings(report.Parts, report.Classes).Select(w => JsonValue.Create(w))]),
        };
    }

    public static void Write(Page page, DataReport report)
    {
        if (report.Parts.Count < 2)
        {
            return;
        }

        page.Line();
        string[] warnings = [.. report.Splits.Warnings(report.Parts, report.Classes)];
        foreach (string warning in warnings)
        {
            page.Line($"warning  {warning}", "warning".Length, Page.LabelStyle);
        }

        if (warnings.Length == 0)
        {
            string drift = report.Splits.Drift.Count == 0 ? string.Empty
                : string.Create(CultureInfo.InvariantCulture, $"; the largest difference of a column is {report.Splits.Drift.Max(d => d.Value):0.000}");
            page.Line($"{Label}  no sample is in two of them, no class is missing in one{drift}", Label.Length, Page.LabelStyle);
        }
    }
}
