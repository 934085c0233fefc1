using System.CommandLine;
using Regimen.App.Hosting;
using Regimen.Configuration;
using Regimen.Runs;

namespace Regimen.App.CommandLine;

/// <summary>The arguments that select a run.</summary>
internal sealed class RunArguments
{
    /// <summary>The ways to name a run.</summary>
    public const string Words = "A run: its folder, its name, a unique end of its name, latest, or best.";

    private readonly Argument<string> _run = new("run") { Description = Words, HelpName = "RUN" };

    /// <summary>Creates the option for the folder of all runs.</summary>
    public static Option<string?> RunsOption() => new("--runs") { Description = "The folder of all runs; default: runs of configs/train.yaml.", HelpName = "FOLDER" };

    public Option<string?> Runs { get; } = RunsOption();

    /// <summary>Returns the absolute path of the folder of all runs: the option's, otherwise the default of the configs.</summary>
    /// <exception cref="RequestException">There is no option, and the configs can't be read.</exception>
    public static string RunsRoot(AppHost host, string? option) => Path.GetFullPath(
        option ?? ConfigComposer.RunsFolder(ConfigArguments.Catalog(host), new ConfigRequest { WorkingDirectory = host.WorkingDirectory }), host.WorkingDirectory);

    public void AddTo(Command command)
    {
        command.Arguments.Add(_run);
        command.Options.Add(Runs);
    }

    /// <exception cref="RequestException">There is no such run.</exception>
    public RunFolder Find(AppHost host, ParseResult parsed) => Find(host, parsed, by: null);

    /// <exception cref="RequestException">There is no such run.</exception>
    public RunFolder Find(AppHost host, ParseResult parsed, string? by) => RunLookup.Find(host, parsed.GetValue(_run)!, parsed.GetValue(Runs), by);
}
