using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Doctor;
using Regimen.App.Hosting;
using Regimen.App.Screen;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen doctor</c> command: reports this machine's hardware and libraries, and any problems.</summary>
internal static class DoctorCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var command = new Command("doctor", "Report this machine's hardware and libraries, and whether training can run here.");
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            DoctorReport report = DoctorReport.Create(host.WorkingDirectory, "data/mnist", () => RunArguments.RunsRoot(host, option: null));
            if (parsed.GetValue(shared.Json))
            {
                host.Out.WriteLine(report.ToJson());
            }
            else
            {
                Page.Of(host).Text(report.ToText());
            }

            return report.CanTrain ? ExitCodes.Done : ExitCodes.Failed;
        }));
        return command;
    }
}
