using System.Runtime.CompilerServices;
using Regimen.App.Hosting;

namespace Regimen.App;

/// <summary>Regimen's commands, for a program of yours: its own models and data sets are found.</summary>
/// <remarks>It changes nothing in its process; <see cref="Engine.NativeSettings.Apply"/>, called before it, makes training faster.</remarks>
/// <example><code>
/// NativeSettings.Apply();
/// return await RegimenApp.RunAsync(args);
/// </code></example>
public static class RegimenApp
{
    /// <summary>Runs the command that the arguments ask for, and returns the exit code (<see cref="ExitCodes"/>).</summary>
    public static Task<int> RunAsync(string[] args) => OpenFileLimit.Suffices(args) ? Run(args) : Task.FromResult(ExitCodes.WrongRequest);

    /// <summary>The same with streams, folder and time of the caller's.</summary>
    public static Task<int> RunAsync(string[] args, AppHost host) => Task.FromResult(CommandTree.Invoke(host, args));

    // Not inlined: with too few files the parts that this needs can't be loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<int> Run(string[] args) => RunAsync(args, AppHost.OfProcess());
}
