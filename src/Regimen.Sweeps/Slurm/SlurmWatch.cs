namespace Regimen.Slurm;

/// <summary>Watches jobs until they end, all with one question at a time: a quarter of a second after something has changed, later every ten
/// seconds.</summary>
/// <param name="commands">Slurm's commands.</param>
/// <param name="time">The time provider.</param>
internal sealed class SlurmWatch(SlurmCommands commands, TimeProvider time)
{
    private const double Growth = 1.5;

    // A job that was just submitted may be missing in the first answer.
    private const int MostMissing = 3;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Watched> _jobs = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isAsking;

    /// <summary>Watches a job.</summary>
    public Watched Add(string id)
    {
        lock (_gate)
        {
            var watched = new Watched(id);
            _jobs[id] = watched;
            Wake();
            if (!_isAsking)
            {
                _isAsking = true;
                _ = Task.Run(AskAsync);
            }

            return watched;
        }
    }

    /// <summary>Asks soon, because something has been done to a job.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _changed.TrySetResult();
        }
    }

    private async Task AskAsync()
    {
        TimeSpan wait = Shortest;
        try
        {
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    if (_jobs.Count == 0)
                    {
                        _isAsking = false;
                        return;
                    }

                    if (_changed.Task.IsCompleted)
                    {
                        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                        wait = Shortest;
                    }

                    changed = _changed.Task;
                }

                using (var waiting = new CancellationTokenSource())
                {
                    await Task.WhenAny(Task.Delay(wait, time, waiting.Token), changed).ConfigureAwait(false);
                    await waiting.CancelAsync().ConfigureAwait(false);
                }

                wait = await AskOnceAsync().ConfigureAwait(false) ? Shortest : wait * Growth < Longest ? wait * Growth : Longest;
            }
        }
        catch (Exception exception) when (exception is RegimenException or IOException or InvalidOperationException)
        {
            lock (_gate)
            {
                _isAsking = false;
                foreach (Watched job in _jobs.Values)
                {
                    job.Fail(exception);
                }

                _jobs.Clear();
            }
        }
    }

    /// <returns>Whether the state of a job has changed.</returns>
    private async Task<bool> AskOnceAsync()
    {
        Watched[] jobs;
        lock (_gate)
        {
            jobs = [.. _jobs.Values];
        }

        IReadOnlyDictionary<string, SlurmState> states = await commands.StatesAsync(jobs.Select(j => j.Id), CancellationToken.None).ConfigureAwait(false);
        bool hasChanged = false;
        foreach (Watched job in jobs)
        {
            SlurmState? now = states.GetValueOrDefault(job.Id);
            job.Missing = now is null ? job.Missing + 1 : 0;
            if (now is null && job.Missing < MostMissing)
            {
                continue;
            }

            now ??= new SlurmState(job.Id, SlurmState.Unknown, 0, string.Empty, string.Empty);
            hasChanged |= now != job.Last;
            job.Last = now;
            if (now.IsEnd)
            {
                lock (_gate)
                {
                    _jobs.Remove(job.Id);
                }

                job.Finish(now);
            }
        }

        return hasChanged;
    }

    /// <summary>A job that is watched.</summary>
    internal sealed class Watched(string id)
    {
        // Reasons to wait that pass by themselves when the cluster has room.
        private static readonly HashSet<string> Usual = ["", "None", "Priority", "Resources", "BeginTime", "Dependency", "(null)"];
        private static readonly TimeSpan UsualWait = TimeSpan.FromMinutes(1);
        private readonly TaskCompletionSource<SlurmState> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile SlurmState? _last;

        /// <summary>Its number.</summary>
        public string Id => id;

        /// <summary>Its state when it was asked for last; null before the first answer.</summary>
        public SlurmState? Last
        {
            get => _last;
            set => _last = value;
        }

        /// <summary>Its state at the end.</summary>
        public Task<SlurmState> End => _end.Task;

        /// <summary>In how many answers, the last ones, it was missing.</summary>
        public int Missing { get; set; }

        /// <summary>Returns why it waits in the queue, if the user should know; null otherwise.</summary>
        /// <param name="waited">How long it has been waiting.</param>
        public string? Remark(TimeSpan waited)
            => Last is { IsPending: true } last && (!Usual.Contains(last.Reason) || waited > UsualWait) ? $"job {last.Id} waits in the queue: {last.Reason}" : null;

        public void Finish(SlurmState state) => _end.TrySetResult(state);

        public void Fail(Exception exception) => _end.TrySetException(exception);
    }
}
