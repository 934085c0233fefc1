using System.CommandLine;
using System.CommandLine.Help;
using Regimen.App.CommandLine;
using Regimen.App.Commands;
using Regimen.App.Hosting;

namespace Regimen.App;

/// <summary>Every command with its options; how it is parsed, and what a usage error looks like.</summary>
internal static class CommandTree
{
    private const int WidestHelp = 140;

    public static RootCommand Build(AppHost host)
    {
        var root = new RootCommand("Trains neural networks: from a data set to a tracked, reproducible, best-kept model.")
        {
            TrainCommand.Build(host),
            ResumeCommand.Build(host),
            ForkCommand.Build(host),
            SweepCommand.Build(host),
            CrossValidationCommand.Build(host),
            FindCommand.Build(host),
            EvaluateCommand.Build(host),
            VerifyCommand.Build(host),
            PredictCommand.Build(host),
            ExportCommand.Build(host),
            ServeCommand.Build(host),
            DashboardCommand.Build(host),
            RunsCommand.Build(host),
            ReportCommand.Build(host),
            PlotCommand.Build(host),
            ImportCommand.Build(host),
            InspectCommand.Build(host),
            ProfileCommand.Build(host),
            DoctorCommand.Build(host),
        };
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            var parserHelp = (HelpAction)help.Action!;
            parserHelp.MaxWidth = host.IsTerminal ? Math.Min(host.Console.Profile.Width, WidestHelp) : WidestHelp;
            help.Action = new ConfigHelp(host, parserHelp);
        }

        return root;
    }

    /// <summary>Whether <c>--help</c> stands behind a command that exists: it helps then, whatever else is missing or wrong.</summary>
    private static bool AsksForHelp(ParseResult parsed)
        => parsed.Action is ConfigHelp && (parsed.CommandResult.Command.Subcommands.Count == 0 || parsed.UnmatchedTokens.All(t => t.StartsWith('-')));

    /// <summary>Parses and runs; usage errors are problems like any other.</summary>
    public static int Invoke(AppHost host, string[] args)
    {
        // "@file" is an argument like any other, not a file of arguments.
        ParseResult parsed = Build(host).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if ((parsed.Errors.Count > 0 || DataPathArguments.UnknownOptions(parsed).Any()) && !AsksForHelp(parsed))
        {
            return ProblemReport.Tell(host, [.. UsageProblems.Of(parsed)], args.Contains("--json"), details: null, ExitCodes.WrongRequest);
        }

        return ProblemReport.Guard(host, json: false, debug: false, () => parsed.Invoke(new InvocationConfiguration
        {
            Output = host.Out,
            Error = host.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        }));
    }
}
