namespace Regimen.Ranks;

/// <summary>Exchanges of all ranks with all in log₂ N rounds, in which ranks pass on what they have received, in place of N − 1 messages of each.</summary>
/// <remarks>Values are moved and never added on the way, so that sums are still in the order of the ranks. Source: Bruck, Ho, Kipnis, Upfal, Weathersby,
/// "Efficient Algorithms for All-to-All Communications in Multiport Message-Passing Systems", 1997.</remarks>
internal sealed unsafe class RankRelay(RankRequests requests, int rank, int size) : IDisposable
{
    private const int Tag = 6;

    // Fewer ranks send at once to all, which no rank has to wait for twice.
    private const int FewestRanks = 8;

    // The bytes that cross a network of 100 Gbit/s in the time of a message, 2 µs: both assumed, see docs/scale.md.
    private const double BytesOfMessage = 25_000;
    private readonly NativeBuffer _slots = new();
    private readonly NativeBuffer _moved = new();

    /// <summary>Whether a job of so many ranks relays blocks that every rank gets: they are received once, as without a relay.</summary>
    public static bool Gathers(int size) => size >= FewestRanks;

    /// <summary>Whether a job of so many ranks relays blocks that one rank each gets. They are moved log₂ N / 2 times, so it depends on their
    /// size.</summary>
    /// <param name="size">The number of ranks.</param>
    /// <param name="bytes">The length of all blocks of a rank together.</param>
    public static bool Scatters(int size, long bytes)
    {
        double rounds = Math.Log2(size);
        return size >= FewestRanks && bytes * ((rounds / 2) - 1) < BytesOfMessage * (size - 1 - rounds);
    }

    /// <summary>Gives every rank the blocks of all, each at its place in an array; this rank's is there.</summary>
    /// <param name="array">The address of the array.</param>
    /// <param name="start">Returns the place of a rank's block in bytes; for N, the end of the array.</param>
    public void Gather(byte* array, Func<int, long> start)
    {
        for (int distance = 1; distance < size; distance *= 2)
        {
            // Each has the blocks of the next `distance` ranks, from its own on.
            int count = Math.Min(distance, size - distance);
            int from = (rank + distance) % size;
            Pieces(array, start, from, count, (place, length) => requests.Receive(place, length, from, Tag));
            int to = (rank + size - distance) % size;
            Pieces(array, start, rank, count, (place, length) => requests.Send(place, length, to, Tag));
            requests.Wait();
        }
    }

    /// <summary>Gives each rank its block of every rank.</summary>
    /// <param name="array">The address of this rank's blocks, one after the other.</param>
    /// <param name="start">Returns the place of the block for a rank in bytes; for N, the end of the array.</param>
    /// <param name="blocks">Receives the blocks for this rank, that of rank r at r times its length; its own is left out.</param>
    public void Scatter(byte* array, Func<int, long> start, byte* blocks)
    {
        long longest = Enumerable.Range(0, size).Max(r => start(r + 1) - start(r));
        byte* slots = (byte*)_slots.Of(longest * size);
        byte* moved = (byte*)_moved.Of(longest * size * 2);
        for (int i = 0; i < size; i++)
        {
            int to = (rank + i) % size;
            long length = start(to + 1) - start(to);
            Buffer.MemoryCopy(array + start(to), slots + (i * longest), length, length);
        }

        // What is `i` ranks away from its rank goes the distances that are the bits of `i`.
        for (int distance = 1; distance < size; distance *= 2)
        {
            int[] going = [.. Enumerable.Range(0, size).Where(i => (i & distance) != 0)];
            byte* coming = moved + (going.Length * longest);
            for (int i = 0; i < going.Length; i++)
            {
                Buffer.MemoryCopy(slots + (going[i] * longest), moved + (i * longest), longest, longest);
            }

            requests.Receive((nint)coming, going.Length * longest, (rank + size - distance) % size, Tag);
            requests.Send((nint)moved, going.Length * longest, (rank + distance) % size, Tag);
            requests.Wait();
            for (int i = 0; i < going.Length; i++)
            {
                Buffer.MemoryCopy(coming + (i * longest), slots + (going[i] * longest), longest, longest);
            }
        }

        long own = start(rank + 1) - start(rank);
        for (int i = 1; i < size; i++)
        {
            Buffer.MemoryCopy(slots + (i * longest), blocks + ((rank + size - i) % size * own), own, own);
        }
    }

    public void Dispose()
    {
        _slots.Dispose();
        _moved.Dispose();
    }

    /// <summary>Calls a function with the one or two pieces of an array that are the blocks of some ranks in a row, after the last one the first.</summary>
    private void Pieces(byte* array, Func<int, long> start, int first, int count, Action<nint, long> use)
    {
        int end = Math.Min(size, first + count);
        use((nint)(array + start(first)), start(end) - start(first));
        use((nint)array, start(first + count - end) - start(0));
    }
}
