using System.CommandLine;
using Regimen.App.Hosting;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen find</c> command: finds values by short trainings that leave nothing behind.</summary>
internal static class FindCommand
{
    public static Command Build(AppHost host) => new("find", "Find a learning rate, or the largest batch that fits the memory, by short trainings without a run.")
    {
        FindLrCommand.Build(host),
        FindBatchCommand.Build(host),
    };
}
