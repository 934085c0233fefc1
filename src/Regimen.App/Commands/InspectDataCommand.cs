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

/// <summary><c>regimen inspect data</c>: looks at a data set before anything is trained on it.</summary>
internal static class InspectDataCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var config = new ConfigArguments();
        Option<int> rows = new("--rows") { Description = "How many of the first samples to show.", DefaultValueFactory = _ => 5, HelpName = "N" };
        Option<string?> sheet = new("--sheet") { Description = "Write a contact sheet of images before and after the transforms, a PNG, here.", HelpName = "FILE" };
        var command = new Command("data", "Show a data set: samples of each part and class, ranges, first samples, fingerprint.") { rows, sheet };
        config.AddTo(command);
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            ComponentCatalog catalog = ConfigArguments.Catalog(host);
            RunConfig composed = config.Compose(host, parsed, catalog).Config;
            bool json = parsed.GetValue(shared.Json);
            var look = new DataPreview();
            DataSplits data;
            try
            {
                data = Experiment.LoadData(composed, catalog, look: look);
            }
            catch (RequestException refused) when (look.HasContent)
            {
                if (!refused.Problems.All(CanBeDecided))
                {
                    ShowSeen(host, json, look);
                    throw;
                }

                ShowUndecided(host, json, composed.Data.Name, look, refused.Problems);
                return ExitCodes.Done;
            }

            int shown = parsed.GetValue(rows);
            DataReport report = DataReport.Of(data, shown >= 0 ? shown : throw new RequestException(
                new Problem("A number of rows can't be below 0") { Where = "--rows", Expected = "0 or more", Received = $"{shown}" }));
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

    /// <summary>Of data with damaged files, what was seen; the problems follow as errors.</summary>
    private static void ShowSeen(AppHost host, bool json, DataPreview look)
    {
        if (!json)
        {
            Page page = Page.Of(host);
            DataReportText.WriteSeen(page, look);
            page.Line();
            host.Out.Flush();
        }
    }

    /// <summary>Looking comes before deciding: what is seen of data that can't be trained on yet, and what is to be decided.</summary>
    private static void ShowUndecided(AppHost host, bool json, string name, DataPreview look, IReadOnlyList<Problem> undecided)
    {
        if (json)
        {
            ProblemReport.WriteJson(host, DataReportText.Undecided(name, look, undecided));
        }
        else
        {
            DataReportText.WriteUndecided(Page.Of(host), name, look, undecided);
        }
    }

    /// <summary>Whether a key decides it; the line that counts further problems of a kind stands nowhere.</summary>
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
            throw new RequestException(new Problem($"The contact sheet can't be written: {e.Message}") { Where = "--sheet", Received = file }, e);
        }
    }
}
