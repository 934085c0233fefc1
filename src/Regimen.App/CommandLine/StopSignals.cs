using System.Globalization;
using System.Runtime.InteropServices;
using Regimen.App.Hosting;
using Regimen.Configuration;

namespace Regimen.App.CommandLine;

/// <summary>Turns the first SIGINT, SIGTERM or SIGHUP into a request to stop; a second signal ends the process at once.</summary>
/// <remarks>Before <see cref="Begin"/> there is nothing to save: a signal ends the process within <see cref="Grace"/>, whatever it does.
/// After it, the work stops itself with a checkpoint.</remarks>
internal sealed partial class StopSignals : IDisposable
{
    /// <summary>The time for the preparation to end in an orderly way, for instance to delete a partial download.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();

    // These two are never disposed: a signal handler may still use them after Dispose, and neither holds a system resource.
    private readonly CancellationTokenSource _source = new();
    private readonly TaskCompletionSource _prepared = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;
    private int _exitCode;
    private bool _isByInput;
    private bool _isDisposed;

    /// <param name="schedulerSignals">Further signals, which a scheduler sends before it ends the job.</param>
    public StopSignals(IReadOnlyList<SchedulerSignal>? schedulerSignals = null)
    {
        List<PosixSignalRegistration> registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, ExitCodes.Interrupted)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, ExitCodes.Terminated)),
        ];
        if (!IsHangUpIgnored())
        {
            registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Stop(context, ExitCodes.Terminated)));
        }

        if (!OperatingSystem.IsWindows())
        {
            registrations.AddRange((schedulerSignals ?? []).Distinct().Select(
                signal => PosixSignalRegistration.Create((PosixSignal)NumberOf(signal), context => Stop(context, ExitCodes.Terminated))));
        }

        _registrations = [.. registrations];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code after a request to stop.</summary>
    public int ExitCode => _exitCode == 0 ? ExitCodes.Interrupted : _exitCode;

    /// <summary>The exit code of a rank after a request to stop, which another rank may have received.</summary>
    public int ExitCodeOfRank => _exitCode == 0 ? ExitCodes.Terminated : _exitCode;

    /// <summary>Ends the preparation: from now on a signal waits for the work to stop itself.</summary>
    /// <exception cref="OperationCanceledException">A signal was received before.</exception>
    public void Begin()
    {
        _source.Token.ThrowIfCancellationRequested();
        _prepared.TrySetResult();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
        }

        _prepared.TrySetResult();
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }

    /// <summary>Requests a stop when a stream ends, as the standard input of a trial does when its sweep has ended in any way. Unlike a second
    /// signal, it does not end the process at once.</summary>
    public void WatchEnd(Stream input) => new Thread(() =>
    {
        byte[] ignored = new byte[256];
        try
        {
            while (input.Read(ignored) > 0)
            {
                // Nothing is expected there.
            }
        }
        catch (IOException)
        {
            // Its other side is gone.
        }

        lock (_gate)
        {
            if (_isDisposed || _exitCode != 0)
            {
                return;
            }

            (_exitCode, _isByInput) = (ExitCodes.Terminated, true);
        }

        Request(ExitCodes.Terminated);
    }) { IsBackground = true, Name = "end of input" }.Start();

    private void Stop(PosixSignalContext context, int exitCode)
    {
        bool isFirst;
        lock (_gate)
        {
            context.Cancel = !_isDisposed;
            if (_isDisposed)
            {
                return;
            }

            // An interrupt from the keyboard also reaches the sweep, which then ends this process's input: that is one request.
            isFirst = _exitCode == 0 || _isByInput;
            (_exitCode, _isByInput) = (isFirst ? exitCode : _exitCode, false);
        }

        if (!isFirst)
        {
            EndNow(exitCode);
        }

        Request(exitCode);
    }

    private void Request(int exitCode)
    {        // On a new thread: the thread pool may be busy with loading, and a registered callback may block.
        new Thread(Cancel) { IsBackground = true, Name = "stop" }.Start();
        if (!_prepared.Task.Wait(Grace))
        {
            EndNow(exitCode);
        }
    }

    private void Cancel()
    {
        try
        {
            _source.Cancel();
        }
        catch (AggregateException)
        {
            // A registered callback failed. The token is cancelled nevertheless, and the work stops with a checkpoint.
        }
    }

    private static void EndNow(int exitCode)
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(exitCode);
        }

        if (!Console.IsOutputRedirected)
        {
            // A progress bar hides the cursor, and nothing else shows it again.
            byte[] showCursor = "\e[?25h"u8.ToArray();
            _ = Write(1, showCursor, showCursor.Length);
        }

        // An orderly exit would unload libtorch while a thread still computes with it.
        ExitNow(exitCode);
    }

    private static int NumberOf(SchedulerSignal signal) => (signal, OperatingSystem.IsLinux()) switch
    {
        (SchedulerSignal.Sigusr1, true) => 10,
        (SchedulerSignal.Sigusr2, true) => 12,
        (SchedulerSignal.Sigusr1, false) => 30,
        (SchedulerSignal.Sigusr2, false) => 31,
        _ => 24,
    };

    /// <summary>Whether the process was started with SIGHUP ignored, as by <c>nohup</c>; the signal then stays ignored.</summary>
    private static bool IsHangUpIgnored()
    {
        const string Label = "SigIgn:";
        const string Status = "/proc/self/status";
        const ulong HangUp = 1;
        return OperatingSystem.IsLinux()
            && File.Exists(Status)
            && File.ReadLines(Status).FirstOrDefault(l => l.StartsWith(Label, StringComparison.Ordinal)) is { } line
            && ulong.TryParse(line.AsSpan(Label.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong ignored)
            && (ignored & HangUp) != 0;
    }

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int file, byte[] bytes, nint count);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int status);
}
