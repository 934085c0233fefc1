using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Regimen.Sweeps;

/// <summary>Runs trials as processes of this machine. A trial stops with a checkpoint when its standard input ends: when the sweep asks for it, and
/// when the sweep's process has ended in any way.</summary>
/// <param name="program">The program and its first arguments, for example <c>dotnet regimen.dll</c>.</param>
public sealed class ProcessLauncher(IReadOnlyList<string> program) : ITrialLauncher
{
    private const int MostOutput = 1 << 20;

    /// <inheritdoc/>
    public string? NameOf(int number) => null;

    /// <inheritdoc/>
    public Task<StartedTrial> StartAsync(TrialJob job, CancellationToken stop) => Task.FromResult(new StartedTrial(null, RunAsync(job, stop)));

    /// <inheritdoc/>
    public Task<StartedTrial?> FindAsync(TrialJob job, string name, string? id, CancellationToken stop)
        => throw new RequestException(new Problem($"Trial {job.Number} may still wait or run at Slurm")
        {
            Where = id is null ? name : $"job {id}",
            Hint = "Resume the sweep with --launcher slurm, where its jobs are found.",
        });

    private async Task<TrialEnd> RunAsync(TrialJob job, CancellationToken stop)
    {
        var start = new ProcessStartInfo(program[0], [.. program.Skip(1), .. job.Arguments, "--attached"])
        {
            WorkingDirectory = job.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // .NET then takes this for the number of processors, so the rule for the number of threads does too.
        start.Environment["DOTNET_PROCESSOR_COUNT"] = job.Cores.ToString(CultureInfo.InvariantCulture);
        using Process process = Start(start);
        using CancellationTokenRegistration stopping = stop.Register(() => CloseInput(process));
        Task<string> output = ReadAsync(process.StandardOutput);
        Task<string> errors = ReadAsync(process.StandardError);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        int exit = process.ExitCode;
        bool killed = TrialOutput.IsKilled(exit);
        return new TrialEnd(killed, exit == 0 ? null : TrialOutput.Message(await output.ConfigureAwait(false)) ?? TrialOutput.LastLine(await errors.ConfigureAwait(false)));
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException or System.ComponentModel.Win32Exception)
        {
            throw new WorkFailedException(new Problem($"The process of a trial can't be started: {exception.Message}") { Where = start.FileName }, exception);
        }
    }

    private static void CloseInput(Process process)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // The process has just ended.
        }
    }

    /// <summary>Reads all of a stream, of which the beginning is kept.</summary>
    private static async Task<string> ReadAsync(StreamReader stream)
    {
        var text = new StringBuilder();
        char[] buffer = new char[4096];
        for (int read; (read = await stream.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
        {
            text.Append(buffer, 0, Math.Min(read, MostOutput - text.Length));
        }

        return text.ToString();
    }
}
