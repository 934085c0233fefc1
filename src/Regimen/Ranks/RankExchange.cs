using System.Runtime.InteropServices;
using System.Text;

namespace Regimen.Ranks;

/// <summary>What the ranks of a job exchange. Every rank makes the same calls in the same order; none waits for a rank that failed, is lost, or has
/// stopped.</summary>
internal sealed class RankExchange : IDisposable
{
    private const int SumTag = 2;
    private const int ResultTag = 3;
    private const int ValuesTag = 4;
    private const int BytesTag = 5;
    private readonly RankRequests _requests;
    private readonly RankRelay _relay;

    // Each begins with its neighbour, so that not all send to the same rank at once.
    private readonly int[] _from;
    private readonly int[] _to;
    private readonly NativeBuffer _received = new();
    private readonly NativeBuffer _values = new();

    /// <param name="wire">The connection to the other ranks.</param>
    /// <param name="patience">How long the ranks may take to find each other, before something watches over them.</param>
    public RankExchange(RankWire wire, TimeSpan patience)
    {
        (Rank, Size) = (wire.Rank, wire.Size);
        _requests = new RankRequests(wire) { Patience = patience };
        _relay = new RankRelay(_requests, Rank, Size);
        _from = [.. Enumerable.Range(1, Size - 1).Select(step => (Rank + Size - step) % Size)];
        _to = [.. Enumerable.Range(1, Size - 1).Select(step => (Rank + step) % Size)];
    }

    /// <summary>What watches over the other ranks; null before it begins.</summary>
    public RankWatch? Watch
    {
        get => _requests.Watch;
        set => _requests.Watch = value;
    }

    private int Rank { get; }

    private int Size { get; }

    /// <summary>Adds up an array over all ranks, in place, and returns values of every rank.</summary>
    /// <remarks>Each element is ((rank 0 + rank 1) + rank 2) + …, whatever arrives first and on whatever way, so that the same ranks give the same bits:
    /// each rank adds up one part of the array, and all get the sum.</remarks>
    /// <param name="array">The address of the array.</param>
    /// <param name="length">The number of its elements, the same on all ranks.</param>
    /// <param name="own">Further values of this rank, of the same number on all ranks.</param>
    /// <returns>The further values of each rank.</returns>
    /// <exception cref="WorkFailedException">A rank failed or is lost.</exception>
    /// <exception cref="OperationCanceledException">A stop was requested, and a rank no longer takes part.</exception>
    public unsafe double[][] Sum(float* array, long length, ReadOnlySpan<double> own)
    {
        double* values = (double*)_values.Of((long)Size * Math.Max(1, own.Length) * sizeof(double));
        own.CopyTo(new Span<double>(values + (Rank * own.Length), own.Length));
        int valueBytes = own.Length * sizeof(double);
        (long start, long end) = Part(length, Rank);
        float* others = (float*)_received.Of((end - start) * sizeof(float) * Size);
        if (RankRelay.Gathers(Size))
        {
            _relay.Gather((byte*)values, rank => (long)rank * valueBytes);
        }
        else
        {
            ExchangeValues(values, own.Length);
        }

        if (length > 0 && RankRelay.Scatters(Size, length * sizeof(float)))
        {
            _relay.Scatter((byte*)array, rank => Part(length, rank).Start * sizeof(float), (byte*)others);
        }
        else
        {
            SendParts(array, length, others);
        }

        _requests.Wait();
        RankOrderedSum.Add(array + start, others, end - start, Rank, Size);
        if (RankRelay.Gathers(Size))
        {
            _relay.Gather((byte*)array, rank => Part(length, rank).Start * sizeof(float));
        }
        else
        {
            SendSums(array, length);
        }

        return Values(values, own.Length);
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
        var handles = new List<GCHandle> { GCHandle.Alloc(own, GCHandleType.Pinned) };
        for (int other = 0; other < Size; other++)
        {
            if (other != Rank)
            {
                all[other] = new byte[(int)lengths[other][0]];
                handles.Add(GCHandle.Alloc(all[other], GCHandleType.Pinned));
                _requests.Receive(handles[^1].AddrOfPinnedObject(), all[other].Length, other, BytesTag);
                _requests.Send(handles[0].AddrOfPinnedObject(), own.Length, other, BytesTag);
            }
        }

        // After a fault they stay pinned: the library may still use them.
        _requests.Wait();
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
        for (int other = 1; other < Size; other++)
        {
            if (Rank == 0)
            {
                _requests.Send(array, bytes, other, BytesTag);
            }
            else if (Rank == other)
            {
                _requests.Receive(array, bytes, 0, BytesTag);
            }
        }

        _requests.Wait();
    }

    /// <summary>Sends bytes to rank 0, and waits until they can be changed.</summary>
    public unsafe void SendToFirst(ReadOnlySpan<byte> bytes)
    {
        nint buffer = _received.Of(bytes.Length + sizeof(long));
        *(long*)buffer = bytes.Length;
        bytes.CopyTo(new Span<byte>((void*)(buffer + sizeof(long)), bytes.Length));
        _requests.Send(buffer, sizeof(long), 0, BytesTag);
        _requests.Send(buffer + sizeof(long), bytes.Length, 0, BytesTag);
        _requests.Wait();
    }

    /// <summary>Receives bytes that a rank sent to rank 0.</summary>
    public unsafe byte[] ReceiveFrom(int rank)
    {
        long* length = (long*)_values.Of(sizeof(long));
        _requests.Receive((nint)length, sizeof(long), rank, BytesTag);
        _requests.Wait();
        var bytes = GC.AllocateUninitializedArray<byte>((int)*length, pinned: true);
        _requests.Receive(Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0), bytes.Length, rank, BytesTag);
        _requests.Wait();
        return bytes;
    }

    /// <summary>Frees the buffers. No request may be open.</summary>
    public void Dispose()
    {
        _received.Dispose();
        _values.Dispose();
        _relay.Dispose();
    }

    private (long Start, long End) Part(long length, int rank) => (length * rank / Size, length * (rank + 1) / Size);

    private unsafe void ExchangeValues(double* values, int count)
    {
        foreach (int from in _from)
        {
            _requests.Receive((nint)(values + (from * count)), count * sizeof(double), from, ValuesTag);
        }

        foreach (int to in _to)
        {
            _requests.Send((nint)(values + (Rank * count)), count * sizeof(double), to, ValuesTag);
        }
    }

    /// <summary>Sends each rank its part of the array, and receives this one's part of every other.</summary>
    private unsafe void SendParts(float* array, long length, float* others)
    {
        (long start, long end) = Part(length, Rank);
        foreach (int from in _from)
        {
            _requests.Receive((nint)(others + (from * (end - start))), (end - start) * sizeof(float), from, SumTag);
        }

        foreach (int to in _to)
        {
            (long first, long last) = Part(length, to);
            _requests.Send((nint)(array + first), (last - first) * sizeof(float), to, SumTag);
        }
    }

    /// <summary>Sends the sum of this rank's part to all, and receives theirs.</summary>
    private unsafe void SendSums(float* array, long length)
    {
        (long start, long end) = Part(length, Rank);
        foreach (int from in _from)
        {
            (long first, long last) = Part(length, from);
            _requests.Receive((nint)(array + first), (last - first) * sizeof(float), from, ResultTag);
        }

        foreach (int to in _to)
        {
            _requests.Send((nint)(array + start), (end - start) * sizeof(float), to, ResultTag);
        }

        _requests.Wait();
    }

    private unsafe double[][] Values(double* values, int count)
        => [.. Enumerable.Range(0, Size).Select(rank => new Span<double>(values + (rank * count), count).ToArray())];
}
