using System.CommandLine;
using Regimen.App.Hosting;
using Regimen.Ranks;

namespace Regimen.App.CommandLine;

/// <summary>The options of every command.</summary>
internal sealed class SharedOptions
{
    public Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document on standard output, and nothing else there." };

    public Option<bool> Debug { get; } = new("--debug") { Description = "Show the stack trace of an error." };

    public void AddTo(Command command)
    {
        command.Options.Add(Json);
        command.Options.Add(Debug);
    }

    /// <summary>Returns the action of a command, with its problems reported by <see cref="ProblemReport"/>.</summary>
    public Func<ParseResult, int> Action(AppHost host, Func<ParseResult, int> work)
        => parsed => ProblemReport.Guard(host, parsed.GetValue(Json), parsed.GetValue(Debug), () =>
        {
            RankedProcess.ThrowIfOneOfSeveral(parsed.CommandResult.Command.Name);
            return work(parsed);
        });

    /// <summary>Returns the action of a command that the ranks of a job run together; for one process, there are none.</summary>
    public Func<ParseResult, int> RankedAction(AppHost host, Func<ParseResult, RankGroup?, int> work)
        => parsed =>
        {
            int Report(Func<int> guarded) => ProblemReport.Guard(host, parsed.GetValue(Json), parsed.GetValue(Debug), guarded);
            RankGroup? ranks = null;
            int exitCode = Report(() =>
            {
                ranks = RankGroup.FromLauncher();
                return ranks is null ? work(parsed, null) : ExitCodes.Done;
            });
            if (ranks is null)
            {
                return exitCode;
            }

            using (ranks)
            {
                return RankedProcess.Run(ranks, Report, () => work(parsed, ranks));
            }
        };
}
