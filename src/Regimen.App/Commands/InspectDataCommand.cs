using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Experiments;

namespace Regimen.App.Commands;

/// <summary><c>regimen inspect data</c>: looks at a data set before anything is trained on it.</summary>
internal static class InspectDataCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var config = new ConfigArguments();
        Option<int> rows = new("--rows") { Description = "How many of the first samples to show.", DefaultValueFactory = _ => 5, HelpName = "N" };
        var command = new Command("data", "Show a data set: samples of each part and class, ranges, first samples, fingerprint.") { rows };
        config.AddTo(command);
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            ComponentCatalog catalog = ConfigArguments.Catalog(host);
            RunConfig composed = config.Compose(host, parsed, catalog).Config;
            DataSplits data = Experiment.LoadData(composed, catalog);
            int shown = parsed.GetValue(rows);
            DataReport report = DataReport.Of(data, shown >= 0 ? shown : throw new RequestException(
                new Problem("A number of rows can't be below 0") { Where = "--rows", Expected = "0 or more", Received = $"{shown}" }));
            string fingerprint = DataFingerprint.Of(data);
            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, DataReportText.Document(composed.Data.Name, report, data, fingerprint));
            }
            else
            {
                DataReportText.Write(host.Out, composed.Data.Name, report, data, fingerprint);
            }

            return ExitCodes.Done;
        }));
        return command;
    }
}
