using Regimen.Loading;
using Regimen.Ranks;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Ranks;

/// <summary>Tests of what the ranks of a job do together, with ranks that are threads of this process.</summary>
public sealed class RankGroupTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 1003)]
    [InlineData(3, 2)]
    [InlineData(3, 257)]
    [InlineData(5, 4099)]
    [InlineData(8, 1003)]
    [InlineData(9, 4099)]
    [InlineData(9, 60_001)]
    [InlineData(13, 5)]
    public void A_sum_is_that_of_the_ranks_in_their_order_on_every_rank(int size, int length)
    {
        float[][] own = [.. Enumerable.Range(0, size).Select(rank => Values(rank, length))];

        // Float32 addition in the order of the ranks, one element at a time.
        float[] expected = own[0].ToArray();
        foreach (float[] values in own.Skip(1))
        {
            for (int i = 0; i < length; i++)
            {
                expected[i] += values[i];
            }
        }

        float[][] sums = new MemoryRanks(size).Run(group =>
        {
            float[] values = own[group.Rank].ToArray();
            for (int repeated = 0; repeated < 3; repeated++)
            {
                own[group.Rank].CopyTo(values, 0);
                double[][] further = Sum(group, values, [group.Rank + 0.5, repeated]);
                Assert.Equal([.. Enumerable.Range(0, size).Select(r => r + 0.5)], further.Select(v => v[0]));
            }

            return values;
        });
        Assert.All(sums, sum => Assert.Equal(expected.Select(BitConverter.SingleToUInt32Bits), sum.Select(BitConverter.SingleToUInt32Bits)));
    }

    /// <summary>The number of messages of a sum grows with the logarithm of the ranks while the array is small.</summary>
    [Fact]
    public void Many_ranks_pass_on_what_they_receive()
    {
        const int Size = 16;
        var ranks = new MemoryRanks(Size);
        int[] sent = ranks.Run(group =>
        {
            group.Exchange.Gather([0]);
            int before = ranks.SentBy(group.Rank);
            Sum(group, new float[1000], [1]);
            return ranks.SentBy(group.Rank) - before;
        });

        // Four rounds each for the values, the parts and the sums; a round that passes the last rank is two messages. To send to all would be 45.
        Assert.All(sent, count => Assert.InRange(count, 12, 20));
    }

    [Theory]
    [InlineData(2, 4, false)]
    [InlineData(7, 4, false)]
    [InlineData(8, 4 * 40_000, true)]
    [InlineData(8, 4 * 60_000, false)]
    [InlineData(64, 4 * 100_000, true)]
    [InlineData(64, 4 * 200_000, false)]
    [InlineData(1024, 4 * 1_500_000, true)]
    [InlineData(1024, 4 * 1_700_000, false)]
    public void Parts_are_relayed_while_their_bytes_cost_less_than_messages(int size, long bytes, bool relays) => Assert.Equal(relays, RankRelay.Scatters(size, bytes));

    [Fact]
    public void Ranks_exchange_bytes_of_different_lengths()
    {
        byte[][][] all = new MemoryRanks(3).Run(group => group.Exchange.All([.. Enumerable.Repeat((byte)(group.Rank + 1), group.Rank * 5)]));
        Assert.All(all, received => Assert.Equal([0, 5, 10], received.Select(b => b.Length)));
        Assert.All(all, received => Assert.All(received[2], b => Assert.Equal(3, b)));
    }

    [Fact]
    public void A_rank_with_another_text_is_named_on_every_rank()
    {
        string[] messages = new MemoryRanks(3).Run(group => Assert.Throws<RequestException>(
            () => group.ThrowUnlessEqual("a config", $"seed: 1\nlr: {(group.Rank == 2 ? 0.2 : 0.1)}", "Give every rank the same arguments.")).Message);
        Assert.All(messages, message =>
        {
            Assert.Contains("Rank 2 on host", message, StringComparison.Ordinal);
            Assert.Contains("lr: 0.1", message, StringComparison.Ordinal);
            Assert.Contains("lr: 0.2", message, StringComparison.Ordinal);
            Assert.DoesNotContain("seed: 1", message, StringComparison.Ordinal);
        });
    }

    /// <summary>Nine ranks pass on what they receive, so that most of them wait for others than the one that is cut off.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    public void A_rank_that_is_cut_off_is_named_and_no_rank_waits_for_it(int size)
    {
        var ranks = new MemoryRanks(size);
        using var isCut = new ManualResetEventSlim();
        string[] ends = ranks.Run(
            group =>
            {
                if (group.Rank == 1)
                {
                    ranks.CutOff(1);
                    isCut.Set();
                    return Assert.Throws<WorkFailedException>(() => Sum(group, new float[20], [1])).Message;
                }

                isCut.Wait(TestContext.Current.CancellationToken);
                return Assert.Throws<WorkFailedException>(() => Sum(group, new float[20], [1])).Message;
            },
            TimeSpan.FromSeconds(size == 3 ? 1 : 3));
        Assert.All(ends.Where((_, rank) => rank != 1), end => Assert.StartsWith($"Rank 1 on host {Environment.MachineName} is lost", end, StringComparison.Ordinal));
        Assert.StartsWith("Rank 0 on host", ends[1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_problem_of_a_rank_is_told_on_every_other()
    {
        string[] ends = new MemoryRanks(3).Run(group =>
        {
            if (group.Rank == 2)
            {
                group.Watch.Fail("the file x.png is damaged");
                return string.Empty;
            }

            return Assert.Throws<WorkFailedException>(() => group.Exchange.Gather([1])).Message;
        });
        Assert.All(ends[..2], end => Assert.StartsWith($"Rank 2 on host {Environment.MachineName} failed: the file x.png is damaged", end, StringComparison.Ordinal));
    }

    [Fact]
    public void A_stop_that_one_rank_is_asked_for_reaches_all()
    {
        bool[] stops = new MemoryRanks(4).Run(group =>
        {
            if (group.Rank == 3)
            {
                group.Watch.RequestStop();
            }

            return group.Watch.Stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(30));
        });
        Assert.All(stops, Assert.True);
    }

    [Fact]
    public void A_wait_ends_when_a_stop_was_requested_and_a_rank_no_longer_takes_part()
    {
        string[] ends = new MemoryRanks(2).Run(group =>
        {
            if (group.Rank == 1)
            {
                group.Watch.RequestStop();
                return string.Empty;
            }

            return Assert.Throws<OperationCanceledException>(() => group.Exchange.Gather([1])).GetType().Name;
        });
        Assert.Equal(nameof(OperationCanceledException), ends[0]);
    }

    [Theory]
    [InlineData(null, null, null, null)]
    [InlineData("OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=4", 3, 4, null)]
    [InlineData("PMI_RANK=0 PMI_SIZE=2", 0, 2, null)]
    [InlineData("SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2 SLURM_NTASKS=2", 1, 2, null)]
    [InlineData("SLURM_PROCID=0 SLURM_NTASKS=8", null, null, null)]
    [InlineData("PMI_RANK=0 PMI_SIZE=1", null, null, null)]
    [InlineData("PMI_RANK=2 PMI_SIZE=2", null, null, "2 of 2")]
    [InlineData("OMPI_COMM_WORLD_SIZE=2", null, null, "nothing of 2")]
    [InlineData("PMI_RANK=x PMI_SIZE=2", null, null, "x of 2")]
    public void A_rank_is_found_in_the_environment_of_its_launcher(string? environment, int? rank, int? size, string? received)
    {
        Dictionary<string, string> variables = (environment ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=')).ToDictionary(v => v[0], v => v[1]);
        LaunchedRank? Find() => LaunchedRank.Find(variables.GetValueOrDefault);
        if (received is not null)
        {
            Assert.Contains(received, Assert.Throws<RequestException>(Find).Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal((rank, size), (Find()?.Rank, Find()?.Size));
    }

    [Fact]
    public void A_rank_has_the_processors_that_it_shares_with_no_other()
    {
        // Four ranks of one host that share its 8 processors, and two that are bound to two processors each.
        RankPlace[] places = [.. Enumerable.Repeat(new RankPlace("a", 8, "ff"), 4), new("b", 2, "3"), new("b", 2, "c")];
        Assert.Equal([2, 2, 2, 2, 2, 2], Enumerable.Range(0, 6).Select(rank => RankPlace.ShareOf(places, rank)));
        Assert.Equal(1, RankPlace.ShareOf([new("a", 2, "3"), new("a", 2, "3"), new("a", 2, "3")], 1));
        Assert.Equal(places[5], RankPlace.Read(places[5].ToBytes()));
    }

    [Fact]
    public void A_message_is_read_as_it_was_written_and_a_long_problem_is_cut()
    {
        RankMessage[] messages =
        [
            new(RankState.Alive, null),
            new(RankState.Stops | RankState.Ended, new RankFault(7, "höst-1", null, 12.5)),
            new(RankState.Alive, new RankFault(1, "b", "data/x.png: not an image: größer\nline 2")),
        ];
        foreach (RankMessage message in messages)
        {
            Assert.Equal(message, Again(message));
        }

        string cut = Again(new(RankState.Alive, new RankFault(1, "b", new string('é', 5000)))).Fault!.Message!;
        Assert.InRange(cut.Length, 900, 1100);
        Assert.All(cut, c => Assert.Equal('é', c));

        static RankMessage Again(RankMessage message)
        {
            var bytes = new byte[RankMessage.Length];
            message.Write(bytes);
            return RankMessage.Read(bytes);
        }
    }

    [Theory]
    [InlineData(103, 10, 3)]
    [InlineData(101, 10, 4)]
    [InlineData(7, 7, 7)]
    [InlineData(64, 16, 1)]
    public void The_shares_of_the_ranks_are_each_batch_once(int samples, int batchSize, int ranks)
    {
        int batches = (samples + batchSize - 1) / batchSize;
        var places = new List<int>[batches];
        for (int rank = 0; rank < ranks; rank++)
        {
            var share = new BatchPlaces(batchSize, samples, new RankShare(rank, ranks, ShareKind.Samples));
            for (int batch = 0; batch < share.Count(batches); batch++)
            {
                (int first, int count) = share.Of(batch);
                Assert.InRange(count, Math.Min(batchSize, samples - (batch * batchSize)) / ranks, share.Largest);
                (places[batch] ??= []).AddRange(Enumerable.Range(first, count));
            }
        }

        Assert.Equal(Enumerable.Range(0, samples), places.SelectMany(p => p));

        var wholes = Enumerable.Range(0, ranks).SelectMany(rank =>
        {
            var share = new BatchPlaces(batchSize, samples, new RankShare(rank, ranks, ShareKind.Batches));
            return Enumerable.Range(0, share.Count(batches)).Select(share.Of);
        });
        Assert.Equal(Enumerable.Range(0, batches).Select(b => (b * batchSize, Math.Min(batchSize, samples - (b * batchSize)))), wholes.Order());
    }

    private static float[] Values(int rank, int length)
    {
        RandomStream random = RandomStream.For(3, RandomPurpose.Order, 0, rank);
        var values = new float[length];
        for (int i = 0; i < length; i++)
        {
            // Of very different sizes, so that the order of the sum matters.
            values[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.NextDouble() * 8));
        }

        return values;
    }

    private static unsafe double[][] Sum(RankGroup group, float[] values, double[] own)
    {
        fixed (float* pinned = values)
        {
            return group.Exchange.Sum(pinned, values.Length, own);
        }
    }
}
