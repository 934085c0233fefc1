using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Listing;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen runs</c> command: lists the runs. Its subcommands show, compare, label and remove runs.</summary>
internal static class RunsCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        Argument<string[]> filter = FilterArgument();
        Option<string?> runs = RunArguments.RunsOption();
        Option<string?> columns = new("--columns") { Description = "The columns, separated by commas: name, status, val.loss, optimizer.lr and any other key of the runs.", HelpName = "a,b" };
        Option<bool> group = new("--group-seeds") { Description = "Show runs that differ in the seed alone as one row: mean ± standard deviation." };
        Option<string> sort = new("--sort")
        {
            Description = "The sort key: started, name, status, model, data, epochs, seconds, a final value such as val.loss or test.accuracy, or a key of the config.",
            DefaultValueFactory = _ => RunTable.Started,
            HelpName = "KEY",
        };
        Option<bool> descending = new("--descending") { Description = "Sort in descending order: the largest value, or the newest run, first." };
        Option<int?> limit = new("--limit") { Description = "The largest number of rows.", HelpName = "N" };
        Option<bool> csv = new("--csv") { Description = "Print the rows as CSV." };
        var command = new Command("runs", "List the runs; show, compare, label and remove them.") { filter, columns, group, sort, descending, limit, csv, runs };
        shared.AddTo(command);
        foreach (Command inner in (ReadOnlySpan<Command>)[RunsShowCommand.Build(host), RunsCompareCommand.Build(host), .. RunsLabelCommands.Build(host), RunsPruneCommand.Build(host), RunsExportCommand.Build(host)])
        {
            command.Subcommands.Add(inner);
        }

        command.SetAction(shared.Action(host, parsed =>
        {
            if (parsed.GetValue(csv) && parsed.GetValue(shared.Json))
            {
                throw new RequestException(new Problem("Only one of --csv and --json can be given"));
            }

            var list = RunList.Read(RunArguments.RunsRoot(host, parsed.GetValue(runs)));
            IReadOnlyList<RunRow> rows = Chosen(command, parsed.GetValue(filter)!, list);
            var view = RunView.Of(rows, list.Rows, parsed.GetValue(columns), parsed.GetValue(sort)!, parsed.GetValue(descending), parsed.GetValue(group), Limit(parsed.GetValue(limit)));
            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, view.Document());
            }
            else if (parsed.GetValue(csv))
            {
                view.WriteCsv(host.Out);
            }
            else if (list.Rows.Count == 0)
            {
                Page.Of(host).Line($"No runs in {list.Root}. To train one: regimen train");
            }
            else if (rows.Count == 0)
            {
                Page.Of(host).Line($"None of the {list.Rows.Count} runs in {list.Root} satisfies the filter.");
            }
            else
            {
                view.WriteTable(Page.Of(host));
            }

            foreach (RunRow row in view.Rows)
            {
                foreach (string problem in row.Damage is { } damage ? [damage] : row.Problems)
                {
                    host.Error.WriteLine($"note: {problem}");
                }
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>Creates the argument for filter expressions.</summary>
    public static Argument<string[]> FilterArgument() => new("filter")
    {
        Description = "Conditions on the runs: status=finished, 'optimizer.lr<0.01', model=cnn, tag=good, name~cnn.",
        Arity = ArgumentArity.ZeroOrMore,
        HelpName = "FILTER",
    };

    /// <summary>Returns the runs that satisfy every expression.</summary>
    /// <exception cref="RequestException">An expression is invalid; a word that looks like a subcommand gets a suggestion.</exception>
    public static IReadOnlyList<RunRow> Chosen(Command command, string[] filter, RunList list)
    {
        foreach (string word in filter.Where(f => f.All(c => char.IsAsciiLetter(c) || c == '-')))
        {
            throw new RequestException(UsageProblems.Unknown(command, UsageProblems.NameOf(command), word));
        }

        RunFilter conditions = RunFilter.Parse(filter, list.Rows);
        return [.. list.Rows.Where(conditions.Matches)];
    }

    private static int Limit(int? limit) => limit switch
    {
        null => int.MaxValue,
        >= 1 => limit.Value,
        _ => throw new RequestException(new Problem("The number of rows is too small") { Where = "--limit", Expected = "at least 1", Received = $"{limit}" }),
    };
}
