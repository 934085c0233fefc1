using System.CommandLine;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Experiments;
using Regimen.Imaging;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen inspect data</c> command: shows the contents of a data set, without training.</summary>
internal static class InspectDataCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var config = new ConfigArguments();
        Option<int> rows = new("--rows") { Description = "The number of first samples to show.", DefaultValueFactory = _ => 5, HelpName = "N" };
        Option<string?> sheet = new("--sheet") { Description = "Write a contact sheet (PNG) of images before and after the transforms to FILE.", HelpName = "FILE" };
        var command = new Command("data", "Show a data set: samples per split and class, value ranges, first samples, fingerprint.") { rows, sheet };
        config.AddTo(command);
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            ComponentCatalog catalog = ConfigArguments.Catalog(host);
            RunConfig composed = config.Compose(host, parsed, catalog).Config;
            bool json = parsed.GetValue(shared.Json);
            var preview = new DataPreview();
            DataSplits data;
            try
            {
                data = ExperimentPreparation.LoadData(composed, catalog, look: preview);
            }
            catch (RequestException refused) when (preview.HasContent)
            {
                if (!refused.Problems.All(CanBeDecided))
                {
                    ShowSeen(host, json, preview);
                    throw;
                }

                ShowUndecided(host, json, composed.Data.Name, preview, refused.Problems);
                return ExitCodes.Done;
            }

            int shown = parsed.GetValue(rows);
            DataReport report = DataReport.Of(data, shown >= 0 ? shown : throw new RequestException(
                new Problem("The number of rows is negative") { Where = "--rows", Expected = "0 or more", Received = $"{shown}" }));
            string? sheetFile = parsed.GetValue(sheet) is { } file ? WriteSheet(Path.GetFullPath(file, host.WorkingDirectory), composed, data) : null;
            string fingerprint = DataFingerprint.Of(data);
            if (json)
            {
                JsonObject document = DataReportText.Document(composed.Data.Name, report, data, fingerprint);
                if (sheetFile is not null)
                {
                    document["sheet"] = sheetFile;
                }

                ProblemReport.WriteJson(host, document);
            }
            else
            {
                Page page = Page.Of(host);
                DataReportText.Write(page, composed.Data.Name, report, data, fingerprint);
                if (sheetFile is not null)
                {
                    page.Line($"contact sheet {sheetFile}");
                }
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>Shows the preview of a data set with damaged files; the caller reports the problems as errors.</summary>
    private static void ShowSeen(AppHost host, bool json, DataPreview preview)
    {
        if (!json)
        {
            Page page = Page.Of(host);
            DataReportText.WriteSeen(page, preview);
            page.Line();
            host.Out.Flush();
        }
    }

    /// <summary>Shows the preview of a data set that needs further options, with the options to set.</summary>
    private static void ShowUndecided(AppHost host, bool json, string name, DataPreview preview, IReadOnlyList<Problem> undecided)
    {
        if (json)
        {
            ProblemReport.WriteJson(host, DataReportText.Undecided(name, preview, undecided));
        }
        else
        {
            DataReportText.WriteUndecided(Page.Of(host), name, preview, undecided);
        }
    }

    /// <summary>Whether setting a key solves the problem. A line that only counts further problems has no location.</summary>
    private static bool CanBeDecided(Problem problem) => problem.Where is null || problem.Hint?.Contains("data.", StringComparison.Ordinal) == true;

    private static string WriteSheet(string file, RunConfig config, DataSplits data)
    {
        byte[] png = ContactSheet.Draw(config.Data.Name, data, config.Seed ?? 0);
        try
        {
            File.WriteAllBytes(file, png);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RequestException(new Problem($"Unable to write the contact sheet: {e.Message}") { Where = "--sheet", Received = file }, e);
        }
    }
}
