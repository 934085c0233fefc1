using System.Runtime.InteropServices;
using System.Text;

namespace Regimen.Ranks;

/// <summary>What the ranks of a job exchange. Every rank makes the same calls in the same order; none waits for a rank that failed, is lost, or has
/// stopped.</summary>
internal sealed class RankExchange(RankWire wire) : IDisposable
{
    private const int SumTag = 2;
    private const int ResultTag = 3;
    private const int ValuesTag = 4;
    private const int BytesTag = 5;
    private const int LargestMessage = 1 << 30;
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(0.3);
    private readonly NativeBuffer _received = new();
    private readonly NativeBuffer _values = new();
    private readonly long _began = Environment.TickCount64;
    private long _stoppedAt;

    /// <summary>What watches over the other ranks; null before it begins.</summary>
    public RankWatch? Watch { get; set; }

    /// <summary>How long the ranks may take to find each other, before something watches over them.</summary>
    public required TimeSpan Patience { get; init; }

    private int Rank => wire.Rank;

    private int Size => wire.Size;

    /// <summary>Adds up an array over all ranks, in place, and returns values of every rank.</summary>
    /// <remarks>Each element is ((rank 0 + rank 1) + rank 2) + …, whatever arrives first, so that the same ranks give the same bits: each rank adds up one
    /// part of the array and sends the sum to all.</remarks>
    /// <param name="array">The address of the array.</param>
    /// <param name="length">The number of its elements, the same on all ranks.</param>
    /// <param name="own">Further values of this rank, of the same number on all ranks.</param>
    /// <returns>The further values of each rank.</returns>
    /// <exception cref="WorkFailedException">A rank failed or is lost.</exception>
    /// <exception cref="OperationCanceledException">A stop was requested, and a rank no longer takes part.</exception>
    public unsafe double[][] Sum(float* array, long length, ReadOnlySpan<double> own)
    {
        double* values = (double*)_values.Of((long)(Size + 1) * Math.Max(1, own.Length) * sizeof(double));
        own.CopyTo(new Span<double>(values, own.Length));
        int valueBytes = own.Length * sizeof(double);
        (long start, long end) = Part(length, Rank);
        float* others = (float*)_received.Of((end - start) * sizeof(float) * Size);
        var requests = new List<nint>((Size - 1) * 4);
        for (int step = 1; step < Size; step++)
        {
            // Each begins with its neighbour, so that not all send to the same rank at once.
            int from = (Rank + Size - step) % Size;
            Receive((nint)(values + ((from + 1) * own.Length)), valueBytes, from, ValuesTag, requests);
            Receive((nint)(others + (from * (end - start))), (end - start) * sizeof(float), from, SumTag, requests);
        }

        for (int step = 1; step < Size; step++)
        {
            int to = (Rank + step) % Size;
            (long first, long last) = Part(length, to);
            Send((nint)values, valueBytes, to, ValuesTag, requests);
            Send((nint)(array + first), (last - first) * sizeof(float), to, SumTag, requests);
        }

        Wait(requests);
        RankOrderedSum.Add(array + start, others, end - start, Rank, Size);

        requests.Clear();
        for (int step = 1; step < Size; step++)
        {
            int from = (Rank + Size - step) % Size;
            (long first, long last) = Part(length, from);
            Receive((nint)(array + first), (last - first) * sizeof(float), from, ResultTag, requests);
        }

        for (int step = 1; step < Size; step++)
        {
            Send((nint)(array + start), (end - start) * sizeof(float), (Rank + step) % Size, ResultTag, requests);
        }

        Wait(requests);
        return Values(values, own);
    }

    /// <summary>Returns values of every rank.</summary>
    /// <inheritdoc cref="Sum"/>
    public unsafe double[][] Gather(ReadOnlySpan<double> own) => Sum(null, 0, own);

    /// <summary>Returns bytes of every rank.</summary>
    /// <exception cref="WorkFailedException">A rank failed or is lost.</exception>
    public byte[][] All(byte[] own)
    {
        double[][] lengths = Gather([own.Length]);
        var all = new byte[Size][];
        all[Rank] = own;
        var requests = new List<nint>();
        var handles = new List<GCHandle> { GCHandle.Alloc(own, GCHandleType.Pinned) };
        for (int other = 0; other < Size; other++)
        {
            if (other != Rank)
            {
                all[other] = new byte[(int)lengths[other][0]];
                handles.Add(GCHandle.Alloc(all[other], GCHandleType.Pinned));
                Receive(handles[^1].AddrOfPinnedObject(), all[other].Length, other, BytesTag, requests);
                Send(handles[0].AddrOfPinnedObject(), own.Length, other, BytesTag, requests);
            }
        }

        // After a fault they stay pinned: the library may still use them.
        Wait(requests);
        handles.ForEach(h => h.Free());
        return all;
    }

    /// <summary>Returns the bytes of rank 0.</summary>
    public byte[] FromFirst(Func<byte[]> first) => All(Rank == 0 ? first() : [])[0];

    /// <summary>Returns a text of rank 0.</summary>
    public string FromFirst(Func<string> first) => Encoding.UTF8.GetString(FromFirst(() => Encoding.UTF8.GetBytes(first())));

    /// <summary>Copies an array of rank 0 to all others.</summary>
    /// <param name="array">The address of the array.</param>
    /// <param name="bytes">Its length in bytes.</param>
    public void CopyFromFirst(nint array, long bytes)
    {
        var requests = new List<nint>();
        for (int other = 1; other < Size; other++)
        {
            if (Rank == 0)
            {
                Send(array, bytes, other, BytesTag, requests);
            }
            else if (Rank == other)
            {
                Receive(array, bytes, 0, BytesTag, requests);
            }
        }

        Wait(requests);
    }

    /// <summary>Sends bytes to rank 0, and waits until they can be changed.</summary>
    public unsafe void SendToFirst(ReadOnlySpan<byte> bytes)
    {
        nint buffer = _received.Of(bytes.Length + sizeof(long));
        *(long*)buffer = bytes.Length;
        bytes.CopyTo(new Span<byte>((void*)(buffer + sizeof(long)), bytes.Length));
        var requests = new List<nint>();
        Send(buffer, sizeof(long), 0, BytesTag, requests);
        Send(buffer + sizeof(long), bytes.Length, 0, BytesTag, requests);
        Wait(requests);
    }

    /// <summary>Receives bytes that a rank sent to rank 0.</summary>
    public unsafe byte[] ReceiveFrom(int rank)
    {
        long* length = (long*)_values.Of(sizeof(long));
        var requests = new List<nint>();
        Receive((nint)length, sizeof(long), rank, BytesTag, requests);
        Wait(requests);
        var bytes = GC.AllocateUninitializedArray<byte>((int)*length, pinned: true);
        requests.Clear();
        Receive(Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0), bytes.Length, rank, BytesTag, requests);
        Wait(requests);
        return bytes;
    }

    /// <summary>Frees the buffers. No request may be open.</summary>
    public void Dispose()
    {
        _received.Dispose();
        _values.Dispose();
    }

    private (long Start, long End) Part(long length, int rank) => (length * rank / Size, length * (rank + 1) / Size);

    private unsafe double[][] Values(double* values, ReadOnlySpan<double> own)
    {
        var all = new double[Size][];
        for (int rank = 0; rank < Size; rank++)
        {
            all[rank] = rank == Rank ? own.ToArray() : new Span<double>(values + ((rank + 1) * own.Length), own.Length).ToArray();
        }

        return all;
    }

    private void Send(nint data, long length, int to, int tag, List<nint> requests)
    {
        for (long at = 0; at < length; at += LargestMessage)
        {
            requests.Add(wire.Send(data + (nint)at, (int)Math.Min(LargestMessage, length - at), to, tag));
        }
    }

    private void Receive(nint data, long length, int from, int tag, List<nint> requests)
    {
        for (long at = 0; at < length; at += LargestMessage)
        {
            requests.Add(wire.Receive(data + (nint)at, (int)Math.Min(LargestMessage, length - at), from, tag));
        }
    }

    /// <summary>Waits until all requests are done.</summary>
    private void Wait(List<nint> requests)
    {
        long began = Environment.TickCount64;
        var spin = new SpinWait();
        Span<nint> open = CollectionsMarshal.AsSpan(requests);
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
                Where = $"rank {Rank} of {Size} on host {Environment.MachineName}",
                Expected = $"an answer of every rank within {Patience.TotalSeconds:0} s",
                Hint = $"Check the network between the hosts. {RankGroup.TimeoutVariable}=SECONDS waits longer.",
            });
        }
    }
}
