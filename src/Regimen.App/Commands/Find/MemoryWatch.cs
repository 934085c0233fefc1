namespace Regimen.App.Commands;

/// <summary>Ends the process as soon as its resident memory is above a limit, before the machine swaps or the system ends other processes. On
/// Linux, the process is also the first that the system ends for want of memory.</summary>
internal sealed class MemoryWatch : IDisposable
{
    /// <summary>The exit code of a process that was ended for its memory.</summary>
    public const int ExitCode = 3;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);
    private readonly Timer _timer;
    private int _ends;

    public MemoryWatch(long limit, Action tell)
    {
        try
        {
            File.WriteAllText("/proc/self/oom_score_adj", "1000");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another system, or one that does not permit it: the limit remains.
        }

        _timer = new Timer(_ => EndIfAbove(limit, tell), null, Interval, Interval);
    }

    public void Dispose() => _timer.Dispose();

    private void EndIfAbove(long limit, Action tell)
    {
        if (Environment.WorkingSet > limit && Interlocked.Exchange(ref _ends, 1) == 0)
        {
            tell();
            Environment.Exit(ExitCode);
        }
    }
}
