using System.Text;
using Regimen.Runs;

namespace Regimen.Reports;

/// <summary>The report of a run. It is a function of the run's folder and the options: written twice, it has the same bytes.</summary>
internal static class RunReport
{
    /// <summary>The name of the file in a run's or a sweep's folder.</summary>
    public const string FileName = "report.html";

    /// <summary>Returns the report as a complete page, at most <see cref="ReportOptions.MostBytes"/> long.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="options">What the folder does not have; null for nothing.</param>
    /// <exception cref="RequestException">The run's manifest can't be read.</exception>
    public static string Html(string folder, ReportOptions? options = null)
    {
        RunContent run = RunContent.Read(folder, options);
        return Fit(limits => ReportPage.Of($"{run.Name} – Regimen", Article(run, options ?? new ReportOptions(), limits)));
    }

    /// <summary>Returns the report without the page around it: an <c>article</c> that needs the rules of <see cref="ReportStyle.Article"/> and of
    /// the charts.</summary>
    /// <inheritdoc cref="Html"/>
    public static string Body(string folder, ReportOptions? options = null)
    {
        RunContent run = RunContent.Read(folder, options);
        return Fit(limits => Article(run, options ?? new ReportOptions(), limits));
    }

    /// <summary>Returns what the report has beside head and curves, without the page around it: findings, config, environment.</summary>
    /// <inheritdoc cref="Html"/>
    public static string Details(string folder, ReportOptions? options = null)
    {
        RunContent run = RunContent.Read(folder, options);
        return Fit(limits =>
        {
            var html = new HtmlText();
            html.Open("article", "report");
            Sections(html, run, options ?? new ReportOptions(), limits);
            return html.Close("article").Raw("\n").ToString();
        });
    }

    /// <summary>Writes something with less and less content, until it is small enough.</summary>
    internal static string Fit(Func<ReportLimits, string> write)
    {
        string text = string.Empty;
        foreach (ReportLimits limits in ReportLimits.All)
        {
            text = write(limits);
            if (Encoding.UTF8.GetByteCount(text) < ReportOptions.MostBytes)
            {
                break;
            }
        }

        return text;
    }

    private static string Article(RunContent run, ReportOptions options, ReportLimits limits)
    {
        var html = new HtmlText();
        html.Open("article", "report");
        SummarySection.Write(html, run);
        CurveSection.Write(html, run, limits);
        Sections(html, run, options, limits);
        return html.Close("article").Raw("\n").ToString();
    }

    private static void Sections(HtmlText html, RunContent run, ReportOptions options, ReportLimits limits)
    {
        if (run.Findings is { } findings)
        {
            FindingsSection.Write(html, findings, limits);
        }
        else if (run.Manifest.Status is RunStatus.Finished or RunStatus.StoppedEarly)
        {
            html.Section("What the test found", () => html.Element("p", Missing(run, options), "muted"));
        }

        ConfigSection.Write(html, run, options);
        EnvironmentSection.Write(html, run);
    }

    private static string Missing(RunContent run, ReportOptions options)
        => options.WhyNoFindings ?? (run.Manifest.Imported is { } import
            ? $"The run was imported from {import.From}, which has no mistakes and no calibration."
            : run.Manifest.Program is { } program
            ? $"The program {program} recorded this run with the library, which does not collect mistakes and calibration."
            : $"The folder has no {RunFindings.FileName}, as those of earlier versions. Where the run's data is available, `regimen report` evaluates its weights to add this section.");
}
