using System.Runtime.ExceptionServices;

namespace Regimen.Engine;

/// <summary>Some threads that do a piece of work together, again and again, each its own part: the calling thread and others that wait for
/// it. Between two pieces they spin for a moment, as to wake a thread takes longer than such a piece, and sleep when nothing comes.</summary>
internal sealed class ThreadTeam : IDisposable
{
    // Some 100 µs: longer than what lies between two pieces of one training step, shorter than anyone notices.
    private const int LongWait = 1000;
    private const int SpinLength = 10;
    private readonly int _spins;
    private readonly Thread[] _others;
    private readonly ExceptionDispatchInfo?[] _failures;
    private readonly object _gate = new();
    private Action<int>? _work;
    private int _parts;
    private int _round;
    private int _running;
    private int _sleepers;
    private int _busy;
    private bool _ended;

    /// <summary>A team.</summary>
    /// <param name="size">How many work, the calling thread among them; at least 1.</param>
    /// <param name="enter">What each of the other threads does first.</param>
    public ThreadTeam(int size, Action enter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Size = size;

        // With more threads than cores, who spins takes the core from who is waited for.
        _spins = size <= Environment.ProcessorCount ? LongWait : 0;
        _failures = new ExceptionDispatchInfo?[size];
        _others = new Thread[size - 1];
        for (int i = 0; i < _others.Length; i++)
        {
            int part = i + 1;
            _others[i] = new Thread(() => Live(part, enter)) { IsBackground = true, Name = $"compute {part + 1}" };
            _others[i].Start();
        }
    }

    /// <summary>How many work.</summary>
    public int Size { get; }

    /// <summary>How many of its threads, the calling one among them, sleep now.</summary>
    internal int Sleepers => Volatile.Read(ref _sleepers);

    /// <summary>Calls <paramref name="work"/> once with each number below <paramref name="parts"/>, 0 on this thread; all calls have ended
    /// when this returns. Where the team is at work for another thread, this one makes all of them itself.</summary>
    /// <param name="parts">From 1 to <see cref="Size"/>.</param>
    /// <param name="work">What to do. Where calls throw, the exception of the lowest number is thrown.</param>
    public void Run(int parts, Action<int> work)
    {
        if (parts == 1 || Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            for (int part = 0; part < parts; part++)
            {
                work(part);
            }

            return;
        }

        try
        {
            (_work, _parts) = (work, parts);
            Volatile.Write(ref _running, _others.Length);
            BeginRound();
            Do(0);
            WaitForOthers();
            ThrowFirstFailure();
        }
        finally
        {
            _work = null;
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Ends the threads; not while the team is at work.</summary>
    public void Dispose()
    {
        _ended = true;
        BeginRound();
        foreach (Thread thread in _others)
        {
            thread.Join();
        }
    }

    private void BeginRound()
    {
        Interlocked.Increment(ref _round);
        if (Volatile.Read(ref _sleepers) > 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Do(int part)
    {
        if (part >= _parts)
        {
            return;
        }

        try
        {
            _work!(part);
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to who asked for the work, and is thrown there.
        catch (Exception exception)
        {
            _failures[part] = ExceptionDispatchInfo.Capture(exception);
        }
#pragma warning restore CA1031
    }

    private void ThrowFirstFailure()
    {
        if (Array.Find(_failures, f => f is not null) is { } failure)
        {
            Array.Clear(_failures);
            failure.Throw();
        }
    }

    private void WaitForOthers() => Wait(() => Volatile.Read(ref _running) == 0);

    private void Live(int part, Action enter)
    {
        enter();
        for (int seen = 0; ; seen++)
        {
            int last = seen;
            Wait(() => Volatile.Read(ref _round) != last);
            if (_ended)
            {
                return;
            }

            Do(part);
            if (Interlocked.Decrement(ref _running) == 0 && Volatile.Read(ref _sleepers) > 0)
            {
                lock (_gate)
                {
                    Monitor.PulseAll(_gate);
                }
            }
        }
    }

    /// <summary>Spins for a while, then sleeps, until something is so.</summary>
    private void Wait(Func<bool> isSo)
    {
        for (int i = 0; i < _spins; i++)
        {
            if (isSo())
            {
                return;
            }

            Thread.SpinWait(SpinLength);
        }

        lock (_gate)
        {
            // Counted first, looked again after that: who changes it either is seen here, or sees a sleeper and waits for the lock.
            Interlocked.Increment(ref _sleepers);
            while (!isSo())
            {
                Monitor.Wait(_gate);
            }

            Interlocked.Decrement(ref _sleepers);
        }
    }
}
