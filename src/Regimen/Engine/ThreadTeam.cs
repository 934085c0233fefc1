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
    private readonly object _gate = new();
    private Job? _job;
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
            var job = new Job(parts, work);
            Volatile.Write(ref _job, job);
            Interlocked.MemoryBarrier();
            WakeSleepers();

            // Its own part first; then whatever nobody has begun, as another thread may not get a core for a while.
            for (int part = 0; part < parts; part++)
            {
                job.TryDo(part);
            }

            Wait(() => job.IsDone);
            job.ThrowFirstFailure();
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Ends the threads; not while the team is at work.</summary>
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

    private void Live(int part, Action enter)
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
            if (last.TryDo(part) && last.IsDone)
            {
                WakeSleepers();
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

    /// <summary>One piece of work. Each part is done by whoever claims it first; a thread that comes late finds nothing left.</summary>
    private sealed class Job(int parts, Action<int> work)
    {
        private readonly int[] _claimed = new int[parts];
        private ExceptionDispatchInfo?[]? _failures;
        private int _left = parts;

        public bool IsDone => Volatile.Read(ref _left) == 0;

        /// <summary>Does a part unless there is no such part or somebody has begun it.</summary>
        /// <returns>Whether it did.</returns>
        public bool TryDo(int part)
        {
            if (part >= _claimed.Length || Interlocked.Exchange(ref _claimed[part], 1) != 0)
            {
                return false;
            }

            try
            {
                work(part);
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to who asked for the work, and is thrown there.
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
