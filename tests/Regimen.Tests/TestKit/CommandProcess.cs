using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Regimen.Tests.TestKit;

/// <summary>A program in the tests' folder, run as a process with redirected output.</summary>
internal sealed partial class CommandProcess : IDisposable
{
    /// <summary>The time limit of a wait. A process that hangs is killed, and its test fails.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly BlockingCollection<string> _lines = [];
    private readonly StringBuilder _output = new();
    private readonly Task _reading;
    private readonly Task<string> _errors;

    private CommandProcess(string program, string folder, string[] args, IReadOnlyDictionary<string, string>? environment = null)
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
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            _process.StartInfo.Environment[name] = value;
        }

        _process.Start();
        _process.StandardInput.Close();
        _errors = _process.StandardError.ReadToEndAsync();
        _reading = Task.Run(Read);
    }

    /// <summary>Regimen's program, as a process that starts others names it.</summary>
    public static IReadOnlyList<string> RegimenProgram { get; } = [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "Regimen.Cli.dll")];

    /// <summary>Starts Regimen's program.</summary>
    public static CommandProcess Regimen(string folder, params string[] args) => new("Regimen.Cli", folder, args);

    /// <summary>Starts Regimen's program with further environment variables.</summary>
    public static CommandProcess Regimen(string folder, IReadOnlyDictionary<string, string> environment, params string[] args) => new("Regimen.Cli", folder, args, environment: environment);

    /// <summary>Starts Regimen's program with the tests' models and data sets in addition to its own.</summary>
    public static CommandProcess WithTestData(string folder, params string[] args) => new("Regimen.Tests", folder, args, Hooked(StartupHook.WithTestData));

    /// <summary>Starts a process that writes the digest of many products: <see cref="StartupHook.ProductDigest"/>.</summary>
    public static CommandProcess OfProducts(IReadOnlyDictionary<string, string> environment)
        => new("Regimen.Tests", AppContext.BaseDirectory, [], Hooked(StartupHook.ProductDigest).Concat(environment).ToDictionary());

    /// <summary>Starts a process that writes the digest of many functions: <see cref="StartupHook.FunctionDigest"/>.</summary>
    public static CommandProcess OfFunctions(IReadOnlyDictionary<string, string> environment)
        => new("Regimen.Tests", AppContext.BaseDirectory, [], Hooked(StartupHook.FunctionDigest).Concat(environment).ToDictionary());

    /// <summary>Starts another program in the tests' folder.</summary>
    public static CommandProcess Start(string program, string folder, params string[] args) => new(program, folder, args);

    /// <summary>The process's id.</summary>
    public int Id => _process.Id;

    private static Dictionary<string, string> Hooked(string task)
        => new() { ["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location, [task] = "1" };

    /// <summary>Waits for a line that matches, and returns it.</summary>
    public string WaitForLine(Func<string, bool> matches)
    {
        while (_lines.TryTake(out string? line, Limit))
        {
            if (matches(line))
            {
                return line;
            }
        }

        throw new TimeoutException($"The line did not come.\n--- standard output\n{_output}");
    }

    /// <summary>Sends a POSIX signal.</summary>
    /// <param name="signal">The signal's name, or its number on this system.</param>
    public void Signal(PosixSignal signal) => Signal(_process.Id, signal);

    /// <summary>Sends a POSIX signal to the tests' own process.</summary>
    public static void SignalSelf(PosixSignal signal) => Signal(Environment.ProcessId, signal);

    private static void Signal(int process, PosixSignal signal) => Assert.Equal(0, Kill(process, signal switch
    {
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGTERM => 15,
        PosixSignal.SIGHUP => 1,
        > 0 => (int)signal,
        _ => throw new ArgumentOutOfRangeException(nameof(signal)),
    }));

    /// <summary>Kills the process (SIGKILL on POSIX systems).</summary>
    public void KillNow()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Waits until a condition is true, by polling; false if the process ends before.</summary>
    public bool WaitUntil(Func<bool> condition)
    {
        bool so = false;
        bool ended = false;
        if (!SpinWait.SpinUntil(() => (so = condition()) || (ended = _process.HasExited), Limit))
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The condition did not become true.\n--- standard output\n{_output}");
        }

        return so && !ended;
    }

    /// <summary>Waits for the process to end.</summary>
    /// <param name="limit">The time limit; null for two minutes.</param>
    public CommandOutput WaitForEnd(TimeSpan? limit = null)
    {
        if (!_process.WaitForExit(limit ?? Limit))
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The process did not end within {limit ?? Limit}.\n--- standard output\n{_output}");
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
