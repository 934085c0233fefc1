using CsCheck;
using Regimen.Data;

namespace Regimen.Tests.Data;

/// <summary>Each class has a sample in training where that is possible, and a split that had them all stays as it was.</summary>
public sealed class StratumCoverTests
{
    [Fact]
    public void Each_stratum_is_in_the_part_and_every_part_keeps_its_size()
        => Gen.Select(Gen.Int[1, 6].Array[1, 6], Gen.Int[40, 79], Gen.ULong).Sample(
            (rare, common, seed) =>
            {
                int[] strata = [.. Enumerable.Repeat(0, common), .. rare.SelectMany((count, i) => Enumerable.Repeat(i + 1, count))];
                int[][] before = RandomSplit.Parts(strata.Length, [0.2, 0.2, 0.6], seed, strata);
                int[][] after = [.. before];
                StratumCover.Complete(after, part: 2, strata);
                Assert.Equal(before.Select(p => p.Length), after.Select(p => p.Length));
                Assert.Equal(Enumerable.Range(0, strata.Length), after.SelectMany(p => p).Order());
                Assert.All(after, part => Assert.Equal(part.Order(), part));
                Assert.Equal(rare.Length + 1, after[2].Select(i => strata[i]).Distinct().Count());
                if (before[2].Select(i => strata[i]).Distinct().Count() == rare.Length + 1)
                {
                    Assert.Equal(before, after);
                }
            },
            iter: 2000);

    [Fact]
    public void Nothing_is_moved_where_no_stratum_can_spare_a_sample()
    {
        int[][] parts = [[0], [1], [2, 3]];
        StratumCover.Complete(parts, part: 2, [7, 8, 9, 10]);
        Assert.Equal([[0], [1], [2, 3]], parts);
    }
}
