using System.CommandLine;
using Regimen.App.Hosting;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen inspect</c> command: shows a model, a file of weights, a data set, a schedule or the config keys, without training.</summary>
internal static class InspectCommand
{
    public static Command Build(AppHost host) => new("inspect", "Show a model, the tensors of a checkpoint, a data set, a learning rate schedule, or the config keys.")
    {
        InspectConfigCommand.Build(host),
        InspectModelCommand.Build(host),
        InspectCheckpointCommand.Build(host),
        InspectDataCommand.Build(host),
        InspectScheduleCommand.Build(host),
    };
}
