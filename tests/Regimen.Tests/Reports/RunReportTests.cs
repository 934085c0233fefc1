using System.Text;
using System.Xml;
using System.Xml.Linq;
using Regimen.Reports;
using Regimen.Reproducibility;
using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Reports;

public sealed class RunReportTests : IDisposable
{
    private const string Hostile = "</td><script>alert(1)</script><img src=x onerror=alert(2)> \"'&\u202E";
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_report_is_well_formed_loads_nothing_and_runs_no_script()
    {
        string html = RunReport.Html(Made());
        XElement page = Parse(html);
        Assert.DoesNotContain(page.Descendants(), e => e.Name.LocalName is "script" or "link" or "iframe" or "form" or "object");
        Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName == "style" || a.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.All(page.Descendants().Attributes().Where(a => a.Name.LocalName is "src" or "href"), a => Assert.StartsWith("data:image/png;base64,", a.Value, StringComparison.Ordinal));
        string policy = page.Descendants().Single(e => e.Attribute("http-equiv") is not null).Attribute("content")!.Value;
        Assert.StartsWith("default-src 'none'; img-src data:; style-src 'sha256-", policy, StringComparison.Ordinal);

        // The hash of the policy is that of the style sheet: with another one a browser would show the page without styles.
        string style = page.Descendants().Single(e => e.Name.LocalName == "style").Value;
        Assert.Contains(Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(style))), policy, StringComparison.Ordinal);
        string[] ids = [.. page.Descendants().Attributes().Where(a => a.Name.LocalName == "id").Select(a => a.Value)];
        Assert.Equal(ids.Distinct(), ids);
        Assert.DoesNotContain(page.Descendants().Where(e => e.Name.LocalName == "p"), p => p.Descendants().Any(e => e.Name.LocalName is "div" or "table" or "p" or "figure"));
    }

    [Fact]
    public void A_report_has_a_section_for_each_part()
    {
        XElement page = Parse(RunReport.Html(Made(), new ReportOptions { Defaults = new Dictionary<string, string> { ["optimizer.lr"] = "0.1" } }));
        Assert.Equal(
            ["Summary", "Curves", "Confusion matrix", "Classes", "Calibration", "Worst mistakes", "Config", "Time", "Environment", "Repeat and verify"],
            page.Descendants().Where(e => e.Name.LocalName == "h2").Select(e => e.Value));
        XElement changed = page.Descendants().Single(e => e.Attribute("class")?.Value == "changed");
        Assert.Equal(("lr", "0.001 default 0.1"), (changed.Elements().First().Value, changed.Elements().Last().Value));
        Assert.Contains(page.Descendants().Where(e => e.Name.LocalName == "pre"), e => e.Value == "regimen verify a_run");
        Assert.Contains(page.Descendants().Where(e => e.Name.LocalName == "td"), e => e.Value == "95.00 %");
    }

    [Fact]
    public void A_report_written_twice_has_the_same_bytes()
    {
        string run = Made();
        byte[] first = File.ReadAllBytes(ReportWriter.WriteRun(run));
        Assert.Equal(first, File.ReadAllBytes(ReportWriter.WriteRun(run)));
        Assert.Equal(first, Encoding.UTF8.GetBytes(RunReport.Html(run + Path.DirectorySeparatorChar)));
    }

    [Fact]
    public void Hostile_names_are_shown_as_text()
    {
        string run = Made(findings: Findings(classes: 3, i => $"{Hostile}{i}"), change: m => m with { Model = Hostile, Data = Hostile, Reason = Hostile, DataNotes = [Hostile], Status = RunStatus.Failed, Error = Hostile, Val = new Dictionary<string, double?> { [Hostile] = 1 } });
        foreach (string html in (string[])[RunReport.Html(run), ComparisonReport.Html([run, run])])
        {
            XElement page = Parse(html);
            Assert.DoesNotContain(page.Descendants(), e => e.Name.LocalName == "script" || e.Attribute("onerror") is not null);
            Assert.DoesNotContain('\u202E', html);
            Assert.Contains("<script>alert(1)</script>", page.Value, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_report_of_1003_classes_with_huge_names_and_noisy_pictures_stays_below_2_MB()
    {
        string run = Made(findings: Findings(classes: 1003, i => $"class {i} {new string('ü', 1000)}", pictures: true));
        string html = RunReport.Html(run);
        Assert.InRange(Encoding.UTF8.GetByteCount(html), 100_000, 2_000_000);
        XElement page = Parse(html);
        Assert.Contains("classes with the most mistakes", page.Value, StringComparison.Ordinal);
        Assert.Contains(page.Descendants(), e => e.Name.LocalName == "img");
    }

    [Fact]
    public void Damaged_parts_are_named_and_the_rest_is_shown()
    {
        string run = Made();
        File.WriteAllText(Path.Combine(run, RunFindings.FileName), "{\"format_version\":1,");
        File.AppendAllText(Path.Combine(run, "metrics.jsonl"), "{\"epoch\":3,");
        File.WriteAllText(Path.Combine(run, "config.yaml"), "a: [1");
        XElement page = Parse(RunReport.Html(run));
        string[] notes = [.. page.Descendants().Where(e => e.Attribute("class")?.Value == "note").Select(e => e.Value)];
        Assert.Contains(notes, n => n.Contains("The run's findings are damaged", StringComparison.Ordinal));
        Assert.Contains(notes, n => n.Contains("The run's config can't be read", StringComparison.Ordinal));
        Assert.Contains("Curves", page.Descendants().Where(e => e.Name.LocalName == "h2").Select(e => e.Value));
    }

    [Fact]
    public void An_imported_run_has_what_its_record_has()
    {
        string run = MadeRuns.Make(_folder, "imported", change: m => m with { Imported = new RunImport("tensorboard", "/logs/a", StoppedClock.AtNoon.GetUtcNow()) });
        XElement page = Parse(RunReport.Html(run));
        Assert.Equal(["Summary", "Curves", "What the test found", "Config", "Time"], page.Descendants().Where(e => e.Name.LocalName == "h2").Select(e => e.Value));
        Assert.Contains("from tensorboard: /logs/a", page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_of_a_program_says_that_it_has_no_findings_and_no_command()
    {
        string run = MadeRuns.Make(_folder, "of_a_program", change: m => m with { Program = "Moons" });
        string page = Parse(RunReport.Html(run)).Value;
        Assert.Contains("The program Moons recorded this run with the library", page, StringComparison.Ordinal);
        Assert.DoesNotContain("regimen verify", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[[0,3,1]]")]
    [InlineData("[[0,1]]")]
    [InlineData("[[-1,0,1]]")]
    [InlineData("[[0,0,-5]]")]
    public void Findings_with_an_index_of_no_class_are_damaged(string cells)
    {
        string run = Made(findings: Findings(3, i => $"class {i}"));
        string file = Path.Combine(run, RunFindings.FileName);
        File.WriteAllText(file, System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(file), "\"confusion\":\\[\\[.*?\\]\\]", $"\"confusion\":{cells}"));
        Assert.Contains("damaged", Assert.Throws<RequestException>(() => RunFindings.Read(run)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    internal static XElement Parse(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader).Root!;
    }

    private string Made(RunFindings? findings = null, Func<RunManifest, RunManifest>? change = null)
    {
        string run = MadeRuns.Make(_folder, "a_run", change: m => change?.Invoke(m) ?? m);
        File.WriteAllBytes(Path.Combine(run, RunFindings.FileName), (findings ?? Findings(3, i => $"class {i}")).ToBytes());
        return run;
    }

    private static RunFindings Findings(int classes, Func<int, string> name, bool pictures = false) => new()
    {
        Split = "test",
        Task = "classification",
        Samples = 10L * classes,
        Classes = [.. Enumerable.Range(0, classes).Select(name)],
        Classification = new ClassFindings
        {
            Wrong = classes,
            Unpredicted = 0,
            Confusion = [.. Enumerable.Range(0, classes).SelectMany(i => (IReadOnlyList<long>[])[[i, i, 9], [i, (i + 1) % classes, 1]])],
            PerClass = [.. Enumerable.Range(0, classes).Select(i => new FoundScore(name(i), 0.5, 0.25, 0.3, 10))],
            CalibrationError = 0.125,
            Calibration = [new(0, 0, 0), new(10L * classes, 0.75, 0.875)],
            Mistakes = [.. Enumerable.Range(0, 24).Select(i => new Mistake(Sample(i, pictures), i % classes, i % 5 == 0 ? null : (i + 1) % classes, i % 5 == 0 ? double.NaN : 0.9, 0.01))],
        },
    };

    private static FoundSample Sample(int index, bool hasPicture)
    {
        RandomStream random = RandomStream.For(7, RandomPurpose.Split, index);
        var noise = new byte[hasPicture ? 60_000 : 0];
        for (int i = 0; i < noise.Length; i++)
        {
            noise[i] = (byte)random.NextInt32(256);
        }

        return new FoundSample(index) { Picture = hasPicture ? new(96, 96, Convert.ToBase64String(noise)) : null, Origin = Hostile };
    }
}
