namespace Regimen.Ranks;

/// <summary>A transport that several threads of a rank share, one call at a time.</summary>
internal sealed class RankWire(IRankTransport transport)
{
    private readonly Lock _gate = new();

    public int Rank => transport.Rank;

    public int Size => transport.Size;

    public nint Send(nint data, int length, int to, int tag)
    {
        lock (_gate)
        {
            return transport.Send(data, length, to, tag);
        }
    }

    public nint Receive(nint data, int length, int from, int tag)
    {
        lock (_gate)
        {
            return transport.Receive(data, length, from, tag);
        }
    }

    public bool IsDone(ref nint request)
    {
        lock (_gate)
        {
            return transport.IsDone(ref request);
        }
    }

    /// <summary>Asks for each open request, and sets those that are done to 0.</summary>
    /// <returns>Whether all are done.</returns>
    public bool AreDone(Span<nint> requests)
    {
        bool all = true;
        lock (_gate)
        {
            foreach (ref nint request in requests)
            {
                if (request == 0)
                {
                    continue;
                }

                if (transport.IsDone(ref request))
                {
                    request = 0;
                }
                else
                {
                    all = false;
                }
            }
        }

        return all;
    }

    public void Finish()
    {
        lock (_gate)
        {
            transport.Finish();
        }
    }
}
