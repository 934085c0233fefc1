using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Doctor;
using Regimen.App.Hosting;
using Regimen.App.Screen;

namespace Regimen.App.Commands;

/// <summary><c>regimen doctor</c>: says what this machine has and what is wrong.</summary>
internal static class DoctorCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var command = new Command("doctor", "Say in plain words what this machine has, and whether training can run here.");
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
