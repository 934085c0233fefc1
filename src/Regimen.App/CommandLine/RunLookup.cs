using Regimen.App.Hosting;
using Regimen.Listing;
using Regimen.Runs;

namespace Regimen.App.CommandLine;

/// <summary>Finds the run that a user named: its folder, its name, a unique end of its name, <c>latest</c>, or <c>best</c>.</summary>
internal static class RunLookup
{
    public const string Best = "best";

    /// <summary>Finds a run.</summary>
    /// <param name="host">The host.</param>
    /// <param name="run">The run as the user named it.</param>
    /// <param name="runs">The folder of all runs; null for that of the configs.</param>
    /// <param name="by">The value by which a run is the best; null for the monitored one.</param>
    /// <exception cref="RequestException">There is no such run, or several.</exception>
    public static RunFolder Find(AppHost host, string run, string? runs, string? by = null)
        => RunFolder.Find(Resolve(host, run, runs, by), RootFor(host, run, runs), host.WorkingDirectory);

    /// <summary>Returns the folder of the best run for the word <c>best</c>, and any other text as it is.</summary>
    public static string Resolve(AppHost host, string run, string? runs, string? by = null)
    {
        if (run == Best && !Directory.Exists(Path.GetFullPath(run, host.WorkingDirectory)))
        {
            return BestRun.Of(RunList.Read(RunArguments.RunsRoot(host, runs)).Rows, by).Folder;
        }

        return by is null ? run : throw new RequestException(new Problem("A value is given, but the run is not chosen by it") { Where = "--by", Expected = $"the run {Best}", Received = run });
    }

    /// <summary>Returns the folder of all runs. The configs, which name it, are read only if the run is not given by its path.</summary>
    private static string RootFor(AppHost host, string run, string? runs)
        => runs is null && File.Exists(Path.Combine(Path.GetFullPath(run.Replace('\0', ' '), host.WorkingDirectory), "run.json")) ? host.WorkingDirectory : RunArguments.RunsRoot(host, runs);
}
