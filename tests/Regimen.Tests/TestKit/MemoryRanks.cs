using System.Runtime.InteropServices;
using Regimen.Ranks;

namespace Regimen.Tests.TestKit;

/// <summary>Ranks in one process, each on a thread of its own, that send to each other through memory.</summary>
internal sealed class MemoryRanks(int size)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(int From, int To, int Tag), Queue<byte[]>> _sent = [];
    private readonly List<Posted> _posted = [];
    private readonly HashSet<int> _gone = [];
    private readonly Dictionary<int, int> _counts = [];

    /// <summary>Returns how many messages a rank has sent, without its signs of life.</summary>
    public int SentBy(int rank)
    {
        lock (_gate)
        {
            return _counts.GetValueOrDefault(rank);
        }
    }

    /// <summary>Runs a function on every rank at once and returns what each returned; a rank's exception is rethrown.</summary>
    /// <param name="work">The function; it gets the rank's group.</param>
    /// <param name="timeout">How long nothing may be heard of a rank; null for a minute.</param>
    public T[] Run<T>(Func<RankGroup, T> work, TimeSpan? timeout = null)
    {
        var results = new T[size];
        var failures = new List<Exception>();
        Thread[] threads = [.. Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                using var group = new RankGroup(new Transport(this, rank), timeout ?? TimeSpan.FromMinutes(1));
                results[rank] = work(group);
                group.End();
            }
            catch (Exception exception)
            {
                lock (failures)
                {
                    failures.Add(exception);
                }
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => Assert.True(t.Join(TimeSpan.FromMinutes(1)), "a rank waits for ever"));
        return failures.Count == 0 ? results : throw failures[0];
    }

    /// <summary>Cuts a rank off: nothing that it sends arrives any more.</summary>
    public void CutOff(int rank)
    {
        lock (_gate)
        {
            _gone.Add(rank);
        }
    }

    private sealed class Posted(int from, int to, int tag, nint data, int length)
    {
        public (int From, int To, int Tag) Key => (from, to, tag);

        public bool IsDone { get; private set; }

        public void Take(byte[] bytes)
        {
            Assert.Equal(length, bytes.Length);
            Marshal.Copy(bytes, 0, data, length);
            IsDone = true;
        }
    }

    private sealed class Transport(MemoryRanks all, int rank) : IRankTransport
    {
        private readonly List<Posted> _requests = [];

        public int Rank => rank;

        public int Size => all.Size;

        public nint Send(nint data, int length, int to, int tag)
        {
            var bytes = new byte[length];
            Marshal.Copy(data, bytes, 0, length);
            lock (all._gate)
            {
                all._counts[rank] = all._counts.GetValueOrDefault(rank) + (tag == 1 ? 0 : 1);
                if (!all._gone.Contains(rank) && !all._gone.Contains(to))
                {
                    if (!all._sent.TryGetValue((rank, to, tag), out Queue<byte[]>? queue))
                    {
                        all._sent[(rank, to, tag)] = queue = new();
                    }

                    queue.Enqueue(bytes);
                }
            }

            return -1;
        }

        public nint Receive(nint data, int length, int from, int tag)
        {
            var posted = new Posted(from, rank, tag, data, length);
            lock (all._gate)
            {
                all._posted.Add(posted);
                _requests.Add(posted);
                return _requests.Count;
            }
        }

        public bool IsDone(ref nint request)
        {
            if (request == -1)
            {
                return true;
            }

            lock (all._gate)
            {
                foreach (Posted posted in all._posted.ToArray())
                {
                    if (all._sent.TryGetValue(posted.Key, out Queue<byte[]>? queue) && queue.Count > 0)
                    {
                        posted.Take(queue.Dequeue());
                        all._posted.Remove(posted);
                    }
                }

                return _requests[(int)request - 1].IsDone;
            }
        }

        public void Finish()
        {
        }

        public void Dispose()
        {
        }
    }

    private int Size => size;
}
