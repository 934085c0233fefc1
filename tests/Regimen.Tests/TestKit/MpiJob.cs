using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Regimen.Tests.TestKit;

/// <summary>A job of several ranks that <c>mpirun</c> of Open MPI starts on this machine; with more ranks than processors if need be. Where there is no
/// mpirun, its tests are skipped.</summary>
internal sealed partial class MpiJob : IDisposable
{
    private const string Launcher = "/usr/bin/mpirun.openmpi";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private MpiJob(string folder, string[] arguments, IReadOnlyDictionary<string, string>? variables)
    {
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(Launcher, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };

        // The tests may run as root, which Open MPI asks to confirm.
        (_process.StartInfo.Environment["OMPI_ALLOW_RUN_AS_ROOT"], _process.StartInfo.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"]) = ("1", "1");
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
        {
            _process.StartInfo.Environment[name] = value;
        }

        _process.Start();
        _process.StandardInput.Close();
        _output = _process.StandardOutput.ReadToEndAsync();
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Skips the test, with the reason, where there is no Open MPI.</summary>
    public static void SkipWhereMissing() => Assert.SkipUnless(File.Exists(Launcher), "there is no Open MPI here: apt-get install openmpi-bin");

    /// <summary>Starts a command on ranks.</summary>
    public static MpiJob Start(string folder, int ranks, string[] command, IReadOnlyDictionary<string, string>? variables = null)
        => new(folder, ["--oversubscribe", "--bind-to", "none", "-n", Text(ranks), .. CommandProcess.RegimenProgram, .. command], variables);

    /// <summary>Runs commands, one on each rank, to their end.</summary>
    public static CommandOutput RunEach(string folder, params string[][] commands)
    {
        using var job = new MpiJob(
            folder, ["--oversubscribe", "--bind-to", "none", .. commands.SelectMany((command, i) => (string[])[.. i == 0 ? [] : (string[])[":"], "-n", "1", .. CommandProcess.RegimenProgram, .. command])], null);
        return job.WaitForEnd();
    }

    /// <summary>Runs a command on ranks to its end.</summary>
    public static CommandOutput Run(string folder, int ranks, params string[] command)
    {
        using MpiJob job = Start(folder, ranks, command);
        return job.WaitForEnd();
    }

    /// <summary>Sends a signal to the launcher.</summary>
    public void Signal(int signal) => Assert.Equal(0, Kill(_process.Id, signal));

    /// <summary>Sends a signal to a rank; nothing if the job has ended.</summary>
    public void SignalRank(int rank, int signal)
    {
        if (ProcessOf(rank) is { } process)
        {
            _ = Kill(process, signal);
        }
    }

    /// <summary>Waits until a condition is true, by polling; false if the job ends before.</summary>
    public bool WaitUntil(Func<bool> condition)
    {
        bool so = false;
        Assert.True(SpinWait.SpinUntil(() => (so = condition()) || _process.HasExited, Limit), "the condition did not become true");
        return so && !_process.HasExited;
    }

    /// <summary>Waits for the job's end.</summary>
    public CommandOutput WaitForEnd()
    {
        if (!_process.WaitForExit(Limit))
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"The job did not end.\n{_output.Result}\n{_errors.Result}");
        }

        return new CommandOutput(_process.ExitCode, _output.GetAwaiter().GetResult(), _errors.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    /// <summary>Returns the process of a rank: the launcher's child that has the rank in its environment.</summary>
    private int? ProcessOf(int rank)
    {
        foreach (string folder in Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
        {
            try
            {
                string status = File.ReadAllText(Path.Combine(folder, "stat"));
                string parent = status[(status.LastIndexOf(')') + 2)..].Split(' ')[1];
                if (parent == Text(_process.Id) && Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, "environ"))).Split('\0').Contains($"OMPI_COMM_WORLD_RANK={Text(rank)}"))
                {
                    return int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It has ended.
            }
        }

        return null;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
