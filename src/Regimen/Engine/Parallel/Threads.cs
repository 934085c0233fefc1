using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Sets how many threads compute, and which component splits the work among them: libtorch inside its operations, or Regimen's layers
/// and optimizers. The number decides how sums are split, so it is part of a run: 1 and 2 threads give different bits.</summary>
public static class Threads
{
    private static readonly Lock Gate = new();
    private static ThreadTeam? _team;

    // Kept for the next use of a team, because predictors of several models in one process change the choice for each batch.
    private static ThreadTeam? _spare;

    /// <summary>The number of threads that compute.</summary>
    public static int Current => _team is { } team ? Math.Min(team.Size, Limit) : get_num_threads();

    /// <summary>The number of parts that Regimen's layers and optimizers split work into: <see cref="Current"/>, or 1 if libtorch splits it.</summary>
    internal static int Parts => Math.Min(_team?.Size ?? 1, Limit);

    /// <summary>Whether a training whose bits do not depend on the number of threads may use fewer.</summary>
    internal static bool MayVary { get; private set; }

    /// <summary>The most threads that Regimen's layers and optimizers use now. Changed between two steps, by the training that runs.</summary>
    internal static int Limit { get; set; } = int.MaxValue;

    /// <summary>Sets the number of threads of this process. Call it while nothing computes.</summary>
    /// <param name="threads">The number of threads, at least 1.</param>
    /// <param name="shared">The component that splits the work: libtorch, or Regimen's layers, with libtorch on one thread.</param>
    public static void Use(int threads, SharedBy shared = SharedBy.Torch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        MayVary = false;
        bool isTeam = shared == SharedBy.Layers && threads > 1;
        lock (Gate)
        {
            SetTorch(isTeam ? 1 : threads);
            if ((_team?.Size ?? 1) != (isTeam ? threads : 1))
            {
                KeepSpare();
                _team = isTeam ? TeamOf(threads) : null;
            }
        }
    }

    /// <summary>As <see cref="Use"/> with <see cref="SharedBy.Layers"/>, but a training with portable bits (<see cref="Training.TrainOptions.Bits"/>) may use fewer
    /// threads, chosen by the measured time of its steps: on a machine that does other work too, they can be faster. Its results are the same.</summary>
    /// <param name="threads">The most threads, at least 1.</param>
    public static void UseUpTo(int threads)
    {
        Use(threads, SharedBy.Layers);
        MayVary = true;
    }

    /// <summary>Sets the number of threads until the result is disposed, on the same thread. Call it while nothing computes.</summary>
    /// <param name="threads">The number of threads, at least 1.</param>
    /// <param name="shared">The component that splits the work.</param>
    internal static IDisposable Borrow(int threads, SharedBy shared)
    {
        var before = new Before(_team?.Size ?? get_num_threads(), _team is null ? SharedBy.Torch : SharedBy.Layers, MayVary);
        Use(threads, shared);
        return before;
    }

    /// <summary>Runs work in parts on all threads.</summary>
    /// <param name="parts">From 1 to <see cref="Parts"/>.</param>
    /// <param name="work">Called once with each number below <paramref name="parts"/>.</param>
    internal static void Share(int parts, Action<int> work)
    {
        if (_team is { } team)
        {
            team.Run(parts, Arithmetic.Carried(work));
            return;
        }

        for (int part = 0; part < parts; part++)
        {
            work(part);
        }
    }

    private static void KeepSpare()
    {
        if (_team is not null)
        {
            _spare?.Dispose();
            _spare = _team;
        }
    }

    private static ThreadTeam TeamOf(int threads)
    {
        (ThreadTeam? spare, _spare) = (_spare, null);
        if (spare?.Size == threads)
        {
            return spare;
        }

        spare?.Dispose();
        return new ThreadTeam(threads, () => SetTorch(1));
    }

    private sealed record Before(int Threads, SharedBy Shared, bool MayVary) : IDisposable
    {
        public void Dispose()
        {
            Use(Threads, Shared);
            Engine.Threads.MayVary = MayVary;
        }
    }

#pragma warning disable RS0030 // The only place that may set the number of threads.
    private static void SetTorch(int threads) => set_num_threads(threads);
#pragma warning restore RS0030
}

/// <summary>The component that splits work among threads.</summary>
public enum SharedBy
{
    /// <summary>libtorch, inside each of its operations.</summary>
    Torch,

    /// <summary>Regimen's layers and optimizers: for models whose work is in <see cref="Layers.Linear"/>.</summary>
    Layers,
}
