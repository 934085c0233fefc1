using System.Globalization;
using System.Text;

namespace Regimen.Ranks;

/// <summary>The processes ("ranks") of a job that <c>mpirun</c> or <c>srun</c> started, which train one model together: each takes its share of
/// every batch, and the gradients are added up. Give it to <see cref="Training.Trainer.Ranks"/>; every rank makes the same calls.</summary>
public sealed class RankGroup : IDisposable
{
    /// <summary>The environment variable with the seconds after which a rank that nothing is heard of is given up; 10 if it is not set.</summary>
    public const string TimeoutVariable = "REGIMEN_RANK_TIMEOUT";

    private readonly IRankTransport _transport;
    private readonly RankWire _wire;
    private bool _hasEnded;

    internal RankGroup(IRankTransport transport, TimeSpan? timeout = null)
    {
        _transport = transport;
        _wire = new RankWire(transport);
        TimeSpan silence = timeout ?? Timeout();
        Exchange = new RankExchange(_wire, 3 * silence);
        Places = [.. Exchange.All(RankPlace.OfProcess().ToBytes()).Select(RankPlace.Read)];
        Hosts = [.. Places.Select(p => p.Host)];
        Exchange.Watch = Watch = new RankWatch(_wire, Hosts, silence);
    }

    /// <summary>The number of this rank, from 0. Rank 0 writes what the job records.</summary>
    public int Rank => _wire.Rank;

    /// <summary>The number of ranks.</summary>
    public int Size => _wire.Size;

    /// <summary>The name of each rank's host.</summary>
    public IReadOnlyList<string> Hosts { get; }

    /// <summary>The processors that each rank has to itself, at least one; on the host where they are fewest.</summary>
    public int Processors => Enumerable.Range(0, Size).Min(rank => RankPlace.ShareOf(Places, rank));

    /// <summary>Where each rank runs.</summary>
    internal IReadOnlyList<RankPlace> Places { get; }

    /// <summary>What the ranks exchange.</summary>
    internal RankExchange Exchange { get; }

    /// <summary>What watches over the other ranks.</summary>
    internal RankWatch Watch { get; }

    /// <summary>Joins the job that this process was started in. Call it once in a process.</summary>
    /// <returns>The job; null if the process is not one of several.</returns>
    /// <exception cref="RequestException">The launcher's environment is wrong, or its MPI library is not found.</exception>
    public static RankGroup? FromLauncher() => LaunchedRank.Find() is { } launched ? new RankGroup(MpiTransport.Join(launched)) : null;

    /// <summary>Ends the job when every rank has ended its work; then this process's exit is no fault to the others.</summary>
    /// <returns>Whether all ranks ended without a fault.</returns>
    public bool End()
    {
        if (_hasEnded)
        {
            return Watch.Fault is null;
        }

        _hasEnded = true;
        bool isWhole = Watch.End();
        if (isWhole)
        {
            _wire.Finish();
        }

        return isWhole;
    }

    /// <summary>Frees the job's memory. Without <see cref="End"/>, the other ranks take this one for lost.</summary>
    public void Dispose()
    {
        Watch.Dispose();
        _transport.Dispose();
        if (Watch.Fault is null && _hasEnded)
        {
            Exchange.Dispose();
        }
    }

    /// <summary>Throws if ranks do not have equal texts: the same config, program or data.</summary>
    /// <param name="what">What the texts say, for the error.</param>
    /// <param name="own">This rank's text.</param>
    /// <param name="hint">What to do.</param>
    /// <exception cref="RequestException">A rank's text is another than that of rank 0; every rank throws it.</exception>
    internal void ThrowUnlessEqual(string what, string own, string hint)
    {
        string[] all = [.. Exchange.All(Encoding.UTF8.GetBytes(own)).Select(Encoding.UTF8.GetString)];
        int[] others = [.. Enumerable.Range(1, Size - 1).Where(r => all[r] != all[0])];
        if (others.Length > 0)
        {
            int rank = others[0];
            string further = others.Length == 1 ? string.Empty : $" (and so have ranks {string.Join(", ", others.Skip(1))})";
            throw new RequestException(new Problem($"Rank {rank} on host {Hosts[rank]} has {what} other than rank 0 on host {Hosts[0]}{further}")
            {
                Expected = Difference(all[0], all[rank]),
                Received = Difference(all[rank], all[0]),
                Hint = hint,
            });
        }
    }

    private static TimeSpan Timeout()
        => Environment.GetEnvironmentVariable(TimeoutVariable) is not { Length: > 0 } text ? TimeSpan.FromSeconds(10)
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 1 and <= 86_400 ? TimeSpan.FromSeconds(seconds)
            : throw new RequestException(new Problem($"{TimeoutVariable} is not a time") { Where = TimeoutVariable, Expected = "seconds from 1 to 86400", Received = text });

    /// <summary>Returns the lines of a text that another has not, the first three of them.</summary>
    private static string Difference(string text, string other)
    {
        string[] lines = [.. text.Split('\n').Except(other.Split('\n')).Take(3)];
        return lines.Length == 0 ? "(no such line)" : string.Join("; ", lines.Select(l => l.Trim()));
    }
}
