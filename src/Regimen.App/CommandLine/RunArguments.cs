using System.CommandLine;
using Regimen.Runs;

namespace Regimen.App.CommandLine;

/// <summary>Which run a command is about.</summary>
internal sealed class RunArguments
{
    private readonly Argument<string> _run = new("run") { Description = "A run's folder, its name, or latest.", HelpName = "RUN" };

    /// <summary>Where runs are.</summary>
    public static Option<string> RunsOption() => new("--runs") { Description = "The folder of all runs.", DefaultValueFactory = _ => "runs", HelpName = "FOLDER" };

    public Option<string> Runs { get; } = RunsOption();

    public void AddTo(Command command)
    {
        command.Arguments.Add(_run);
        command.Options.Add(Runs);
    }

    /// <exception cref="RequestException">There is no such run.</exception>
    public RunFolder Find(AppHost host, ParseResult parsed) => RunFolder.Find(parsed.GetValue(_run)!, parsed.GetValue(Runs)!, host.WorkingDirectory);
}
