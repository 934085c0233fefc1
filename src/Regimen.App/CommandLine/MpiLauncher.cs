using System.Diagnostics;
using System.Globalization;
using Regimen.App.Hosting;

namespace Regimen.App.CommandLine;

/// <summary>Starts a command of this program again, on the ranks of a job on this machine, with the <c>mpirun</c> that is installed.</summary>
internal static class MpiLauncher
{
    /// <summary>Runs the command to its end; its output is this process's.</summary>
    /// <param name="host">The environment of the command.</param>
    /// <param name="ranks">The number of ranks.</param>
    /// <param name="arguments">The command with its arguments.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="RequestException">There is no mpirun, or it can't be started.</exception>
    public static int Run(AppHost host, int ranks, IReadOnlyList<string> arguments)
    {
        string number = ranks.ToString(CultureInfo.InvariantCulture);
        string[] program = [.. host.Program, .. arguments];
        try
        {
            // Open MPI counts the processors, and refuses to run as root unless told; MPICH does neither and does not know the options.
            string[] options = Version().Contains("Open MPI", StringComparison.Ordinal)
                ? ["--oversubscribe", .. Environment.UserName == "root" ? (string[])["--allow-run-as-root"] : []]
                : [];
            using var process = Process.Start(new ProcessStartInfo("mpirun", [.. options, "-n", number, .. program]) { WorkingDirectory = host.WorkingDirectory, RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task output = Pass(process.StandardOutput, host.Out);
            Task errors = Pass(process.StandardError, host.Error);
            process.WaitForExit();
            Task.WaitAll(output, errors);
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new RequestException(new Problem($"The run was trained by {number} ranks, and there is no mpirun to start them: {exception.Message}")
            {
                Expected = "mpirun in PATH",
                Hint = $"Install Open MPI or MPICH, or start the command with the cluster's launcher: srun -n {number} regimen {string.Join(' ', arguments)}",
            });
        }
    }

    private static string Version()
    {
        using var process = Process.Start(new ProcessStartInfo("mpirun", ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text;
    }

    private static async Task Pass(StreamReader from, TextWriter to)
    {
        while (await from.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            await to.WriteLineAsync(line).ConfigureAwait(false);
        }
    }
}
