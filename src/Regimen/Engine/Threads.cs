using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>How many threads compute, and who shares work out among them: libtorch inside its operations, or Regimen's layers and
/// optimizers. Sums are split by it, so it is part of a run: 1 and 2 give different bits.</summary>
public static class Threads
{
    private static readonly Lock Gate = new();
    private static ThreadTeam? _team;

    /// <summary>How many threads compute now.</summary>
    public static int Current => _team?.Size ?? get_num_threads();

    /// <summary>In how many parts Regimen's layers and optimizers do their work: <see cref="Current"/> where they share it out, else 1.</summary>
    internal static int Parts => _team?.Size ?? 1;

    /// <summary>Sets the number of threads of this process; call it while nothing computes.</summary>
    /// <param name="threads">At least 1.</param>
    /// <param name="shared">Who shares the work out: libtorch, or Regimen's layers, with libtorch on one thread.</param>
    public static void Use(int threads, SharedBy shared = SharedBy.Torch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        bool isTeam = shared == SharedBy.Layers && threads > 1;
        lock (Gate)
        {
            SetTorch(isTeam ? 1 : threads);
            if ((_team?.Size ?? 1) != (isTeam ? threads : 1))
            {
                _team?.Dispose();
                _team = isTeam ? new ThreadTeam(threads, () => SetTorch(1)) : null;
            }
        }
    }

    /// <summary>Does a piece of work in parts, on as many threads as there are.</summary>
    /// <param name="parts">From 1 to <see cref="Parts"/>.</param>
    /// <param name="work">Called once with each number below <paramref name="parts"/>.</param>
    internal static void Share(int parts, Action<int> work)
    {
        if (_team is { } team)
        {
            team.Run(parts, work);
            return;
        }

        for (int part = 0; part < parts; part++)
        {
            work(part);
        }
    }

#pragma warning disable RS0030 // The one place that may set it.
    private static void SetTorch(int threads) => set_num_threads(threads);
#pragma warning restore RS0030
}

/// <summary>Who shares work out among threads.</summary>
public enum SharedBy
{
    /// <summary>libtorch, inside each of its operations.</summary>
    Torch,

    /// <summary>Regimen's layers and optimizers: for models whose work is in <see cref="Layers.Linear"/>.</summary>
    Layers,
}
