using System.Globalization;
using System.Xml.Linq;
using Regimen.Reports;
using Regimen.SweepFiles;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Reports;

public sealed class SweepReportTests : IDisposable
{
    private const string Hostile = "</td><script>alert(1)</script>\"'&";
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_sweep_has_its_ranking_charts_seeds_and_failures()
    {
        XElement page = RunReportTests.Parse(SweepReport.Html(Made()));
        Assert.Equal(
            ["Ranking", "Trials", "Importance of the keys", "By key", "Curves of the best points", "Seeds", "Failed trials", "Plan"],
            page.Descendants().Where(e => e.Name.LocalName == "h2").Select(e => e.Value));
        Assert.DoesNotContain(page.Descendants(), e => e.Name.LocalName == "script");
        XElement[] rows = [.. page.Descendants().First(e => e.Name.LocalName == "tbody").Elements()];

        // Mean and standard error of 0.25 and 0.75: 0.5 and 0.25.
        Assert.Equal(["1", "0.002", "relu", "0.50000", "0.25000", "1 2 ", "finished"], rows[0].Elements().Select(e => e.Value));
        Assert.Equal(["trials/0001/report.html"], rows[0].Descendants().Attributes("href").Select(a => a.Value));
        Assert.Equal(5, page.Descendants().Where(e => e.Attribute("stroke-linecap") is not null && e.Elements().Any(t => t.Name.LocalName == "title")).Count());
        Assert.Contains(page.Descendants().Where(e => e.Name.LocalName == "td"), e => e.Value == $"out of memory {Hostile}");
        Assert.Contains(page.Descendants().Where(e => e.Name.LocalName == "pre"), e => e.Value == "regimen train data=csv optimizer.lr=0.002 model.activation=relu");
    }

    [Fact]
    public void A_report_of_a_sweep_written_twice_has_the_same_bytes()
    {
        string sweep = Made();
        byte[] first = File.ReadAllBytes(ReportWriter.WriteSweep(sweep));
        Assert.Equal(first, File.ReadAllBytes(ReportWriter.WriteSweep(sweep)));
    }

    [Fact]
    public void A_sweep_of_3000_trials_stays_below_2_MB()
    {
        string sweep = Made(trials: 3000);
        Assert.InRange(SweepReport.Html(sweep).Length, 10_000, 2_000_000);
    }

    [Fact]
    public void A_sweep_without_a_result_has_a_report()
        => Assert.DoesNotContain("NaN", RunReportTests.Parse(SweepReport.Html(Made(value: _ => null))).Value, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private string Made(int trials = 7, Func<int, double?>? value = null)
    {
        string folder = _folder["sweep"];
        Directory.CreateDirectory(folder);
        double?[] values = [0.25, 0.75, 1, 2, 4];
        var record = new SweepRecord
        {
            Name = $"lr {Hostile}",
            Status = SweepStatus.Finished,
            Started = StoppedClock.AtNoon.GetUtcNow(),
            WorkingDirectory = "/somewhere",
            Plan = new SweepPlan
            {
                Overrides = ["data=csv"],
                Axes = [new("optimizer.lr", SweepAxisKind.LogInterval, [], 0.001, 1, 0), new("model.activation", SweepAxisKind.Choice, ["relu", Hostile], 0, 0, 0)],
                Search = "random",
                Points = (trials + 1) / 2,
                SearchSeed = 1,
                Seeds = [3, 5],
                Lag = 1,
                Cores = 1,
                Metric = "val.loss",
                Mode = "min",
                OnFailure = "skip",
            },
            Trials =
            [
                .. Enumerable.Range(0, trials).Select(i => new TrialRecord
                {
                    Number = i + 1,
                    Point = (i / 2) + 1,
                    Params = new Dictionary<string, string> { ["optimizer.lr"] = (0.002 * ((i / 2) + 1)).ToString(CultureInfo.InvariantCulture), ["model.activation"] = i / 2 % 2 == 0 ? "relu" : Hostile },
                    Seed = i % 2 == 0 ? 3UL : 5,
                    Status = i is 5 or 6 ? TrialStatus.Failed : TrialStatus.Finished,
                    Value = value is not null ? value(i) : i < values.Length ? values[i] : i > 6 ? i : null,
                    Error = i == 5 ? $"out of memory {Hostile}" : null,
                }),
            ],
            Importance = [new("optimizer.lr", 0.75), new("model.activation", 0.25)],
        };
        record.Write(Path.Combine(folder, SweepRecord.FileName));
        MadeRuns.Make(_folder, "sweep/trials/0001");
        File.WriteAllText(Path.Combine(folder, "trials", "0001", RunReport.FileName), "<html/>");
        return folder;
    }
}
