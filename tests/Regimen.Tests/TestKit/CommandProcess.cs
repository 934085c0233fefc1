using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Regimen.Tests.TestKit;

/// <summary>A program that lies beside the tests, as a process with its output redirected.</summary>
internal sealed partial class CommandProcess : IDisposable
{
    /// <summary>No test waits as long as this; a process that hangs is killed, and its test fails.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly BlockingCollection<string> _lines = [];
    private readonly StringBuilder _output = new();
    private readonly Task _reading;
    private readonly Task<string> _errors;

    private CommandProcess(string program, string folder, string[] args, bool withTestData = false)
    {
        string assembly = Path.Combine(AppContext.BaseDirectory, $"{program}.dll");
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [assembly, .. args])
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        if (withTestData)
        {
            _process.StartInfo.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
            _process.StartInfo.Environment[StartupHook.WithTestData] = "1";
        }

        _process.Start();
        _process.StandardInput.Close();
        _errors = _process.StandardError.ReadToEndAsync();
        _reading = Task.Run(Read);
    }

    /// <summary>Starts Regimen's program.</summary>
    public static CommandProcess Regimen(string folder, params string[] args) => new("Regimen.Cli", folder, args);

    /// <summary>Starts Regimen's program with the tests' models and data sets beside its own.</summary>
    public static CommandProcess WithTestData(string folder, params string[] args) => new("Regimen.Tests", folder, args, withTestData: true);

    /// <summary>Starts any program of ours.</summary>
    public static CommandProcess Start(string program, string folder, params string[] args) => new(program, folder, args);

    /// <summary>Waits until a line comes that is the one.</summary>
    public string WaitForLine(Func<string, bool> isTheOne)
    {
        while (_lines.TryTake(out string? line, Limit))
        {
            if (isTheOne(line))
            {
                return line;
            }
        }

        throw new TimeoutException($"The line did not come.\n--- standard output\n{_output}");
    }

    /// <summary>Sends a POSIX signal.</summary>
    /// <param name="signal">By its name, or by its number on this system.</param>
    public void Signal(PosixSignal signal) => Signal(_process.Id, signal);

    /// <summary>Sends the tests' own process a POSIX signal.</summary>
    public static void SignalSelf(PosixSignal signal) => Signal(Environment.ProcessId, signal);

    private static void Signal(int process, PosixSignal signal) => Assert.Equal(0, Kill(process, signal switch
    {
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGTERM => 15,
        PosixSignal.SIGHUP => 1,
        > 0 => (int)signal,
        _ => throw new ArgumentOutOfRangeException(nameof(signal)),
    }));

    /// <summary>Ends it without a word: SIGKILL, where there is one.</summary>
    public void KillNow()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Waits until something is so, watching all the time; false where the process ends before.</summary>
    public bool WaitUntil(Func<bool> isSo)
    {
        bool so = false;
        bool ended = false;
        if (!SpinWait.SpinUntil(() => (so = isSo()) || (ended = _process.HasExited), Limit))
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"It did not come about.\n--- standard output\n{_output}");
        }

        return so && !ended;
    }

    /// <summary>Waits for the end.</summary>
    public CommandOutput WaitForEnd()
    {
        if (!_process.WaitForExit(Limit))
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The process did not end within {Limit}.\n--- standard output\n{_output}");
        }

        _reading.GetAwaiter().GetResult();
        return new CommandOutput(_process.ExitCode, _output.ToString(), _errors.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        _lines.Dispose();
    }

    private void Read()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            _output.Append(line).Append('\n');
            _lines.Add(line);
        }

        _lines.CompleteAdding();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
