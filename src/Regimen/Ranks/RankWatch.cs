using System.Runtime.InteropServices;

namespace Regimen.Ranks;

/// <summary>Watches over a job: each rank tells rank 0 that it lives, and rank 0 tells all what holds for the whole job. So a rank that dies, a
/// host that is gone and a stop that only one rank was asked for are known everywhere within seconds, whatever the ranks are doing.</summary>
internal sealed class RankWatch : IDisposable
{
    /// <summary>The time between two signs of life.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.25);

    private const int Tag = 1;
    private const int Pause = 25;
    private readonly RankWire _wire;
    private readonly double _timeoutSeconds;
    private readonly Peer[] _peers;
    private readonly IReadOnlyList<string> _hosts;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _broken = new();
    private readonly ManualResetEventSlim _over = new();
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _leaves = new();
    private volatile RankFault? _fault;
    private volatile bool _stops;
    private volatile bool _hasEnded;

    /// <param name="wire">The connection to the other ranks.</param>
    /// <param name="hosts">The host of each rank.</param>
    /// <param name="timeout">How long nothing may be heard of a rank.</param>
    public RankWatch(RankWire wire, IReadOnlyList<string> hosts, TimeSpan timeout)
    {
        (_wire, _hosts, _timeoutSeconds) = (wire, hosts, timeout.TotalSeconds);
        _peers = [.. (wire.Rank == 0 ? Enumerable.Range(1, wire.Size - 1) : [0]).Select(r => new Peer(r))];
        foreach (Peer peer in _peers)
        {
            peer.Receiving = wire.Receive(peer.Inbox, RankMessage.Length, peer.Rank, Tag);
        }

        _thread = new Thread(Watch) { IsBackground = true, Name = "ranks", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    /// <summary>Why the job can't continue; null while it can.</summary>
    public RankFault? Fault => _fault;

    /// <summary>Cancelled when a stop was requested on any rank.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Cancelled when a rank failed or is lost.</summary>
    public CancellationToken Broken => _broken.Token;

    /// <summary>Requests a stop on all ranks.</summary>
    public void RequestStop() => _stops = true;

    /// <summary>Tells all ranks that this one failed.</summary>
    public void Fail(string message) => _fault ??= new RankFault(_wire.Rank, _hosts[_wire.Rank], message);

    /// <summary>Waits until every rank has ended its work, and leaves. After a fault, it waits only until rank 0 has ended its work, which saves
    /// the checkpoint.</summary>
    /// <returns>Whether the job ended without a fault.</returns>
    public bool End()
    {
        _hasEnded = true;
        _over.Wait();
        _leaves.Set();
        _thread.Join();
        return _fault is null;
    }

    public void Dispose()
    {
        _leaves.Set();
        _thread.Join();
        _over.Dispose();
        _leaves.Dispose();
    }

    private void Watch()
    {
        long last = Environment.TickCount64;
        long beat = 0;
        (bool isStopping, bool isBroken) = (false, false);
        long? faultSince = null;
        RankMessage? told = null;
        while (!_leaves.IsSet)
        {
            long now = Environment.TickCount64;
            if (now - last > 1000 * _timeoutSeconds / 2)
            {
                // This process itself was suspended: what the others did meanwhile is not known yet.
                Array.ForEach(_peers, p => p.HeardAt = now);
            }

            last = now;
            try
            {
                Array.ForEach(_peers, peer => Hear(peer, now));
                isStopping = isStopping || Cancel(_stop, _stops);
                isBroken = isBroken || Cancel(_broken, _fault is not null);

                RankMessage message = new((_stops ? RankState.Stops : 0) | (SaysEnded() ? RankState.Ended : 0), _fault);
                if (message != told || now - beat >= Interval.TotalMilliseconds)
                {
                    (told, beat) = (message, now);
                    Array.ForEach(_peers, peer => Tell(peer, message));
                }

                if (IsOver(now, ref faultSince))
                {
                    _over.Set();
                }
            }
            catch (InvalidOperationException exception)
            {
                // The MPI library itself reports an error.
                _fault ??= new RankFault(_wire.Rank, _hosts[_wire.Rank], exception.Message);
                _over.Set();
            }

            _leaves.Wait(Pause);
        }
    }

    /// <summary>Cancels on a thread of its own, because what is registered there may block.</summary>
    private static bool Cancel(CancellationTokenSource source, bool isDue)
    {
        if (isDue)
        {
            new Thread(source.Cancel) { IsBackground = true, Name = "end of ranks" }.Start();
        }

        return isDue;
    }

    // Rank 0 says that the job has ended: with a fault as soon as its own work has ended, otherwise when all have said so.
    private bool SaysEnded() => _hasEnded && (_wire.Rank != 0 || _fault is not null || _peers.All(p => p.HasEnded));

    private bool IsOver(long now, ref long? faultSince)
    {
        if (!_hasEnded)
        {
            return false;
        }

        if (_fault is not { } fault)
        {
            // Rank 0 leaves when all have been told, any other when rank 0 has told it.
            return _wire.Rank == 0 ? _peers.All(p => p.HasEnded && p.WasToldTheEnd) : _peers[0].HasEnded && _peers[0].WasToldTheEnd;
        }

        faultSince ??= now;
        double waited = (now - faultSince.Value) / 1000.0;
        return _wire.Rank == 0
            ? _peers.All(p => p.WasToldTheEnd || p.Rank == fault.Rank || p.HasEnded) || waited > 2
            : _peers[0].HasEnded || (fault.Rank == 0 && fault.IsLost) || waited > 60;
    }

    private void Hear(Peer peer, long now)
    {
        while (peer.Receiving != 0 && _wire.IsDone(ref peer.Receiving))
        {
            RankMessage message;
            unsafe
            {
                message = RankMessage.Read(new ReadOnlySpan<byte>((void*)peer.Inbox, RankMessage.Length));
            }

            (peer.HeardAt, peer.HasEnded) = (now, message.State.HasFlag(RankState.Ended));
            peer.Receiving = peer.HasEnded ? 0 : _wire.Receive(peer.Inbox, RankMessage.Length, peer.Rank, Tag);
            _fault ??= message.Fault;
            _stops |= message.State.HasFlag(RankState.Stops);
        }

        double silent = (now - peer.HeardAt) / 1000.0;
        if (!peer.HasEnded && silent > _timeoutSeconds)
        {
            _fault ??= new RankFault(peer.Rank, _hosts[peer.Rank], null, silent);
        }
    }

    private void Tell(Peer peer, RankMessage message)
    {
        if (peer.Sending != 0)
        {
            if (!_wire.IsDone(ref peer.Sending))
            {
                return;
            }

            peer.Sending = 0;
            peer.WasToldTheEnd |= peer.IsTellingTheEnd;
        }

        if (peer.WasToldTheEnd)
        {
            return;
        }

        unsafe
        {
            message.Write(new Span<byte>((void*)peer.Outbox, RankMessage.Length));
        }

        peer.IsTellingTheEnd = message.State.HasFlag(RankState.Ended);
        peer.Sending = _wire.Send(peer.Outbox, RankMessage.Length, peer.Rank, Tag);
    }

    /// <summary>A rank that this one talks to. Its buffers are never freed: after a fault the library may still use them.</summary>
    private sealed class Peer(int rank)
    {
        public nint Receiving;
        public nint Sending;

        public int Rank { get; } = rank;

        public unsafe nint Inbox { get; } = (nint)NativeMemory.AllocZeroed(RankMessage.Length);

        public unsafe nint Outbox { get; } = (nint)NativeMemory.AllocZeroed(RankMessage.Length);

        public long HeardAt { get; set; } = Environment.TickCount64;

        public bool HasEnded { get; set; }

        public bool IsTellingTheEnd { get; set; }

        public bool WasToldTheEnd { get; set; }
    }
}
