using System.Runtime.InteropServices;

namespace Regimen.Ranks;

/// <summary>Sends and receives that have begun, and the waiting for them, which ends when a rank failed, is lost, or has stopped.</summary>
internal sealed class RankRequests(RankWire wire)
{
    private const int LargestMessage = 1 << 30;
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(0.3);
    private readonly List<nint> _open = [];
    private readonly long _began = Environment.TickCount64;
    private long _stoppedAt;

    /// <summary>What watches over the other ranks; null before it begins.</summary>
    public RankWatch? Watch { get; set; }

    /// <summary>How long the ranks may take to find each other, before something watches over them.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>Begins to send bytes, which must stay as they are until <see cref="Wait"/> returns; nothing for no bytes.</summary>
    public void Send(nint data, long length, int to, int tag)
    {
        for (long at = 0; at < length; at += LargestMessage)
        {
            _open.Add(wire.Send(data + (nint)at, (int)Math.Min(LargestMessage, length - at), to, tag));
        }
    }

    /// <summary>Begins to receive a message of a known length; nothing for no bytes.</summary>
    public void Receive(nint data, long length, int from, int tag)
    {
        for (long at = 0; at < length; at += LargestMessage)
        {
            _open.Add(wire.Receive(data + (nint)at, (int)Math.Min(LargestMessage, length - at), from, tag));
        }
    }

    /// <summary>Waits until all of them are done.</summary>
    /// <exception cref="WorkFailedException">A rank failed or is lost. The library may still use the memory of what is not done.</exception>
    /// <exception cref="OperationCanceledException">A stop was requested, and a rank no longer takes part.</exception>
    public void Wait()
    {
        try
        {
            WaitForAll();
        }
        finally
        {
            _open.Clear();
        }
    }

    private void WaitForAll()
    {
        long began = Environment.TickCount64;
        var spin = new SpinWait();
        Span<nint> open = CollectionsMarshal.AsSpan(_open);
        while (!wire.AreDone(open))
        {
            if (Watch is null)
            {
                ThrowIfNotFound();
            }
            else if (Watch.Fault is { } fault)
            {
                throw new WorkFailedException(fault.ToProblem());
            }

            // Each rank was asked to stop, and ends after a step that all have taken. If one has ended already, this step will not come.
            if (Watch is { Stop: { IsCancellationRequested: true } stop })
            {
                _stoppedAt = _stoppedAt == 0 ? Environment.TickCount64 : _stoppedAt;
                if (Environment.TickCount64 - Math.Max(began, _stoppedAt) > StopGrace.TotalMilliseconds)
                {
                    throw new OperationCanceledException(stop);
                }
            }

            // Yields the processor after some 30 µs: there may be more ranks than processors. It never sleeps.
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>Throws if the ranks have not found each other in time.</summary>
    private void ThrowIfNotFound()
    {
        if (Environment.TickCount64 - _began > Patience.TotalMilliseconds)
        {
            throw new RequestException(new Problem("The ranks of the job do not find each other")
            {
                Where = $"rank {wire.Rank} of {wire.Size} on host {Environment.MachineName}",
                Expected = $"an answer of every rank within {Patience.TotalSeconds:0} s",
                Hint = $"Check the network between the hosts. {RankGroup.TimeoutVariable}=SECONDS waits longer.",
            });
        }
    }
}
