using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Regimen.Ranks;

/// <summary>The processes ("ranks") of a job that <c>mpirun</c> or <c>srun</c> started, which train one model together: each takes its share of
/// every batch, and the gradients are added up. Give it to <see cref="Training.Trainer.Ranks"/>; every rank makes the same calls.</summary>
public sealed class RankGroup : IDisposable
{
    /// <summary>The environment variable with the seconds after which a rank that nothing is heard of is given up; 10 if it is not set.</summary>
    public const string TimeoutVariable = "REGIMEN_RANK_TIMEOUT";

    private const int SumTag = 2;
    private const int ResultTag = 3;
    private const int ValuesTag = 4;
    private const int BytesTag = 5;
    private const int LargestMessage = 1 << 30;
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(0.3);
    private readonly IRankTransport _transport;
    private readonly RankWire _wire;
    private readonly NativeBuffer _received = new();
    private readonly NativeBuffer _values = new();
    private long _stoppedAt;
    private bool _hasEnded;

    internal RankGroup(IRankTransport transport, TimeSpan? timeout = null)
    {
        _transport = transport;
        _wire = new RankWire(transport);
        Places = [.. ExchangeUnwatched(RankPlace.OfProcess().ToBytes(), timeout ?? Timeout()).Select(RankPlace.Read)];
        Hosts = [.. Places.Select(p => p.Host)];
        Watch = new RankWatch(_wire, Hosts, timeout ?? Timeout());
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
            _received.Dispose();
            _values.Dispose();
        }
    }

    /// <summary>Adds up an array over all ranks, in place, and returns values of every rank.</summary>
    /// <remarks>Each element is ((rank 0 + rank 1) + rank 2) + …, whatever arrives first, so that the same ranks give the same bits: each rank adds up one
    /// part of the array and sends the sum to all.</remarks>
    /// <param name="array">The address of the array.</param>
    /// <param name="length">The number of its elements, the same on all ranks.</param>
    /// <param name="own">Further values of this rank, of the same number on all ranks.</param>
    /// <returns>The further values of each rank.</returns>
    /// <exception cref="WorkFailedException">A rank failed or is lost.</exception>
    /// <exception cref="OperationCanceledException">A stop was requested, and a rank no longer takes part.</exception>
    internal unsafe double[][] Sum(float* array, long length, ReadOnlySpan<double> own)
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
    internal unsafe double[][] Gather(ReadOnlySpan<double> own) => Sum(null, 0, own);

    /// <summary>Returns bytes of every rank.</summary>
    /// <exception cref="WorkFailedException">A rank failed or is lost.</exception>
    internal byte[][] Exchange(byte[] own)
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
    internal byte[] FromFirst(Func<byte[]> first) => Exchange(Rank == 0 ? first() : [])[0];

    /// <summary>Returns a text of rank 0.</summary>
    internal string FromFirst(Func<string> first) => Encoding.UTF8.GetString(FromFirst(() => Encoding.UTF8.GetBytes(first())));

    /// <summary>Copies an array of rank 0 to all others.</summary>
    /// <param name="array">The address of the array.</param>
    /// <param name="bytes">Its length in bytes.</param>
    internal void CopyFromFirst(nint array, long bytes)
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
    internal unsafe void SendToFirst(ReadOnlySpan<byte> bytes)
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
    internal unsafe byte[] ReceiveFrom(int rank)
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

    /// <summary>Throws if ranks do not have equal texts: the same config, program or data.</summary>
    /// <param name="what">What the texts say, for the error.</param>
    /// <param name="own">This rank's text.</param>
    /// <param name="hint">What to do.</param>
    /// <exception cref="RequestException">A rank's text is another than that of rank 0; every rank throws it.</exception>
    internal void ThrowUnlessEqual(string what, string own, string hint)
    {
        string[] all = [.. Exchange(Encoding.UTF8.GetBytes(own)).Select(Encoding.UTF8.GetString)];
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
            requests.Add(_wire.Send(data + (nint)at, (int)Math.Min(LargestMessage, length - at), to, tag));
        }
    }

    private void Receive(nint data, long length, int from, int tag, List<nint> requests)
    {
        for (long at = 0; at < length; at += LargestMessage)
        {
            requests.Add(_wire.Receive(data + (nint)at, (int)Math.Min(LargestMessage, length - at), from, tag));
        }
    }

    /// <summary>Waits until all requests are done.</summary>
    private void Wait(List<nint> requests)
    {
        long began = Environment.TickCount64;
        var spin = new SpinWait();
        Span<nint> open = CollectionsMarshal.AsSpan(requests);
        while (!_wire.AreDone(open))
        {
            if (Watch.Fault is { } fault)
            {
                throw new WorkFailedException(fault.ToProblem());
            }

            // Each rank was asked to stop, and ends after a step that all have taken. If one has ended already, this step will not come.
            if (Watch.Stop.IsCancellationRequested)
            {
                _stoppedAt = _stoppedAt == 0 ? Environment.TickCount64 : _stoppedAt;
                if (Environment.TickCount64 - Math.Max(began, _stoppedAt) > StopGrace.TotalMilliseconds)
                {
                    throw new OperationCanceledException(Watch.Stop);
                }
            }

            // Yields the processor after some 30 µs: there may be more ranks than processors. It never sleeps.
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>Returns bytes of every rank, before anything watches over them.</summary>
    private unsafe byte[][] ExchangeUnwatched(byte[] own, TimeSpan timeout)
    {
        nint buffer = (nint)NativeMemory.Alloc((nuint)((Size + 1) * RankPlace.Length));
        own.CopyTo(new Span<byte>((void*)buffer, RankPlace.Length));
        nint[] requests = new nint[2 * Size];
        for (int other = 0; other < Size; other++)
        {
            if (other != Rank)
            {
                requests[2 * other] = _wire.Receive(buffer + ((other + 1) * RankPlace.Length), RankPlace.Length, other, BytesTag);
                requests[(2 * other) + 1] = _wire.Send(buffer, RankPlace.Length, other, BytesTag);
            }
        }

        var spin = new SpinWait();
        long end = Environment.TickCount64 + (long)(3 * timeout.TotalMilliseconds);
        while (!_wire.AreDone(requests))
        {
            if (Environment.TickCount64 > end)
            {
                throw new RequestException(new Problem("The ranks of the job do not find each other")
                {
                    Where = $"rank {Rank} of {Size} on host {Environment.MachineName}",
                    Expected = $"an answer of every rank within {3 * timeout.TotalSeconds:0} s",
                    Received = $"none of rank {string.Join(", ", Enumerable.Range(0, Size).Where(r => requests[2 * r] != 0))}",
                    Hint = $"Check the network between the hosts. {TimeoutVariable}=SECONDS waits longer.",
                });
            }

            spin.SpinOnce();
        }

        byte[][] all = [.. Enumerable.Range(0, Size).Select(r => r == Rank ? own : new Span<byte>((void*)(buffer + ((r + 1) * RankPlace.Length)), RankPlace.Length).ToArray())];
        NativeMemory.Free((void*)buffer);
        return all;
    }
}
