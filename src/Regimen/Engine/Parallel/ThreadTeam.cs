using System.Runtime.ExceptionServices;

namespace Regimen.Engine;

/// <summary>A small thread pool for short, repeated parallel work: the calling thread and dedicated threads. Between two jobs the threads spin
/// for a moment, because waking a thread takes longer than such a job, and then sleep.</summary>
internal sealed class ThreadTeam : IDisposable
{
    // About 100 µs: longer than the gaps between two jobs of one training step, and short enough not to waste a core.
    private const int LongWait = 1000;
    private const int SpinLength = 10;
    private readonly int _spins;
    private readonly Thread[] _others;
    private readonly object _gate = new();
    private Job? _job;
    private int _sleepers;
    private int _busy;
    private bool _ended;

    /// <summary>Creates a team.</summary>
    /// <param name="size">The number of threads, the calling thread included; at least 1.</param>
    /// <param name="enter">Called first on each of the other threads.</param>
    public ThreadTeam(int size, Action enter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Size = size;

        // With more threads than cores, a spinning thread would take the core from the thread it waits for.
        _spins = size <= Environment.ProcessorCount ? LongWait : 0;
        _others = new Thread[size - 1];
        for (int i = 0; i < _others.Length; i++)
        {
            int part = i + 1;
            _others[i] = new Thread(() => WorkerLoop(part, enter)) { IsBackground = true, Name = $"compute {part + 1}" };
            _others[i].Start();
        }
    }

    /// <summary>The number of threads, the calling thread included.</summary>
    public int Size { get; }

    /// <summary>The number of its threads that sleep now, the calling thread included.</summary>
    internal int Sleepers => Volatile.Read(ref _sleepers);

    /// <summary>Calls <paramref name="work"/> once with each number below <paramref name="parts"/>, with 0 on this thread; all calls have ended
    /// when this method returns. If the team works for another thread, this thread makes all calls itself.</summary>
    /// <param name="parts">From 1 to <see cref="Size"/>.</param>
    /// <param name="work">The work. If calls throw, the exception of the lowest number is thrown.</param>
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
            var job = new Job(parts, work);
            Volatile.Write(ref _job, job);
            Interlocked.MemoryBarrier();
            WakeSleepers();

            // Part 0 first, then every part that no thread has begun, because another thread may not get a core for a while.
            for (int part = 0; part < parts; part++)
            {
                job.TryRun(part);
            }

            Wait(() => job.IsDone);
            job.ThrowFirstFailure();
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Ends the threads. Must not be called while the team works.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _ended, true);
        Interlocked.MemoryBarrier();
        WakeSleepers();
        foreach (Thread thread in _others)
        {
            thread.Join();
        }
    }

    private void WakeSleepers()
    {
        if (Volatile.Read(ref _sleepers) > 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void WorkerLoop(int part, Action enter)
    {
        enter();
        for (Job? last = null; ;)
        {
            Job? known = last;
            Wait(() => Volatile.Read(ref _job) != known || Volatile.Read(ref _ended));
            if (Volatile.Read(ref _ended))
            {
                return;
            }

            last = Volatile.Read(ref _job)!;
            if (last.TryRun(part) && last.IsDone)
            {
                WakeSleepers();
            }
        }
    }

    /// <summary>Spins for a while, then sleeps, until a condition is true.</summary>
    private void Wait(Func<bool> condition)
    {
        for (int i = 0; i < _spins; i++)
        {
            if (condition())
            {
                return;
            }

            Thread.SpinWait(SpinLength);
        }

        lock (_gate)
        {
            // Counted before the condition is checked again: a thread that changes it is either seen here, or sees a sleeper and waits for the lock.
            Interlocked.Increment(ref _sleepers);
            while (!condition())
            {
                Monitor.Wait(_gate);
            }

            Interlocked.Decrement(ref _sleepers);
        }
    }

    /// <summary>A piece of work in parts. Each part is run by the first thread that claims it.</summary>
    private sealed class Job(int parts, Action<int> work)
    {
        private readonly int[] _claimed = new int[parts];
        private ExceptionDispatchInfo?[]? _failures;
        private int _left = parts;

        public bool IsDone => Volatile.Read(ref _left) == 0;

        /// <summary>Runs a part unless there is no such part or another thread has begun it.</summary>
        /// <returns>Whether it ran the part.</returns>
        public bool TryRun(int part)
        {
            if (part >= _claimed.Length || Interlocked.Exchange(ref _claimed[part], 1) != 0)
            {
                return false;
            }

            try
            {
                work(part);
            }
#pragma warning disable CA1031 // Any exception is thrown again on the calling thread.
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref _failures, new ExceptionDispatchInfo?[_claimed.Length], null);
                _failures[part] = ExceptionDispatchInfo.Capture(exception);
            }
#pragma warning restore CA1031

            Interlocked.Decrement(ref _left);
            return true;
        }

        public void ThrowFirstFailure()
        {
            if (_failures is { } failures)
            {
                Array.Find(failures, f => f is not null)!.Throw();
            }
        }
    }
}
