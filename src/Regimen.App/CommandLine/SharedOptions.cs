using System.CommandLine;
using Regimen.App.Hosting;

namespace Regimen.App.CommandLine;

/// <summary>What every command takes.</summary>
internal sealed class SharedOptions
{
    public Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document on standard output, and nothing else there." };

    public Option<bool> Debug { get; } = new("--debug") { Description = "Show where an error came from." };

    public void AddTo(Command command)
    {
        command.Options.Add(Json);
        command.Options.Add(Debug);
    }

    /// <summary>A command's action: its work, with whatever goes wrong told in words.</summary>
    public Func<ParseResult, int> Action(AppHost host, Func<ParseResult, int> work)
        => parsed => ProblemReport.Guard(host, parsed.GetValue(Json), parsed.GetValue(Debug), () => work(parsed));
}
