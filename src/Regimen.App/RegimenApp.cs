using Regimen.App.CommandLine;
using Regimen.Engine;

namespace Regimen.App;

/// <summary>Regimen's commands, for a program of yours: its own models and data sets are found.</summary>
/// <example><code>return await RegimenApp.RunAsync(args);</code></example>
public static class RegimenApp
{
    /// <summary>Runs the command that the arguments ask for, and returns the exit code (<see cref="ExitCodes"/>).</summary>
    public static Task<int> RunAsync(string[] args)
    {
        // Before any other thread runs and libtorch loads.
        NativeSettings.Apply();
        return RunAsync(args, AppHost.OfProcess());
    }

    /// <summary>The same with streams, folder and time of the caller's.</summary>
    public static Task<int> RunAsync(string[] args, AppHost host) => Task.FromResult(CommandTree.Invoke(host, args));
}
