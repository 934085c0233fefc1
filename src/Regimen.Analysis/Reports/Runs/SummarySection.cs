using Regimen.Runs;

namespace Regimen.Reports;

/// <summary>The head of a run's report: what was trained, how it ended, and its results.</summary>
internal static class SummarySection
{
    private const int MostTiles = 4;

    public static void Write(HtmlText html, RunContent run)
    {
        RunManifest manifest = run.Manifest;
        html.Open("header").Element("h1", run.Name).Open("p");
        html.Element("span", Status(manifest), manifest.Status is RunStatus.Finished or RunStatus.StoppedEarly ? "badge" : "badge bad");
        html.Text($" {manifest.Model} on {manifest.Data}, {ReportNumbers.Time(manifest.Started)}").Close("p");
        if (manifest.Error is { } error)
        {
            html.Open("div", "note").Element("b", "The run failed").Element("p", error).Close("div");
        }

        foreach (Problem problem in run.Problems)
        {
            html.Open("div", "note").Element("b", "A part of the folder can't be read").Element("p", problem.ToString()).Close("div");
        }

        Tiles(html, run);
        html.Close("header");
        html.Section("Summary", () =>
        {
            html.Open("div", "columns two");
            html.Facts(
            [
                new("model", manifest.Imported is null ? $"{manifest.Model}, {ReportNumbers.Count(manifest.Parameters, "parameter", "parameters")}" : manifest.Model),
                new("data", manifest.Data),
                new("objective", Value(run, "objective.name")),
                new("optimizer", Optimizer(run)),
                new("imported", manifest.Imported is { } import ? $"from {import.From}: {import.Source}" : null),
                new("trained", $"{ReportNumbers.Count(manifest.Epochs, "epoch", "epochs")}, {ReportNumbers.Count(manifest.Steps, "step", "steps")}"),
                new("best weights", manifest.BestEpoch is { } best ? $"epoch {best}, step {ReportNumbers.Count(manifest.BestStep ?? 0)}" : null),
                new("ended", manifest.Reason),
                new("seed", manifest.Imported is null ? manifest.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture) : null),
                new("initial weights", manifest.Init is { } init ? $"{init.From} ({ReportNumbers.Count(init.Loaded, "tensor", "tensors")})" : null),
                new("positive class", manifest.PositiveClass),
            ]);
            Results(html, manifest);
            html.Close("div");
            foreach (string note in manifest.DataNotes ?? [])
            {
                html.Element("p", $"Note on the data: {note}", "muted");
            }
        });
    }

    internal static string Status(RunManifest manifest) => manifest.Status switch
    {
        RunStatus.Finished => "finished",
        RunStatus.StoppedEarly => "stopped early",
        RunStatus.Interrupted => "interrupted",
        RunStatus.Failed => "failed",
        _ => "running or killed",
    };

    internal static string? Value(RunContent run, string key) => run.Config.FirstOrDefault(c => c.Name == key)?.Value;

    private static string? Optimizer(RunContent run)
        => Value(run, "optimizer.name") is { } name ? $"{name}{(Value(run, "optimizer.lr") is { } lr ? $", learning rate {lr}" : string.Empty)}" : null;

    private static void Tiles(HtmlText html, RunContent run)
    {
        html.Open("div", "tiles");
        if (run.Result is var (split, values))
        {
            // The main metric of the task comes before the loss, which is comparable between runs of one objective only.
            string[] metrics = [.. values.Keys.Where(k => k != "loss")];
            foreach (string metric in (string[])[.. metrics.Take(1), .. values.Keys.Where(k => k == "loss"), .. metrics.Skip(1).Take(MostTiles - 2)])
            {
                Tile(html, ReportNumbers.Metric(metric, values[metric]), $"{split}.{metric}");
            }
        }

        if (run.Manifest.Seconds is { } seconds)
        {
            Tile(html, ReportNumbers.Duration(seconds), "training and test");
        }

        html.Close("div");
    }

    private static void Tile(HtmlText html, string value, string name)
        => html.Open("div", "tile").Element("b", value).Element("span", name).Close("div");

    private static void Results(HtmlText html, RunManifest manifest)
    {
        if (manifest.Val is null && manifest.Test is null)
        {
            return;
        }

        string[] names = [.. (manifest.Test ?? manifest.Val!).Keys.Concat(manifest.Val?.Keys ?? []).Distinct()];
        string[] columns = ["metric", .. manifest.Val is null ? [] : (string[])["#validation"], .. manifest.Test is null ? [] : (string[])["#test"]];
        html.Table(columns, names.Select(n => (string[])
        [
            n,
            .. manifest.Val is null ? [] : (string[])[ReportNumbers.Metric(n, manifest.Val.GetValueOrDefault(n))],
            .. manifest.Test is null ? [] : (string[])[ReportNumbers.Metric(n, manifest.Test.GetValueOrDefault(n))],
        ]));
    }
}
