using Regimen.Search;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Search;

public sealed class SobolSequenceTests
{
    /// <summary>The published first points of the sequence (Joe and Kuo).</summary>
    [Fact]
    public void The_first_points_are_those_of_the_literature()
    {
        double[][] expected =
        [
            [0, 0, 0, 0, 0],
            [0.5, 0.5, 0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25, 0.25, 0.75],
            [0.25, 0.75, 0.75, 0.75, 0.25],
            [0.375, 0.375, 0.625, 0.875, 0.375],
            [0.875, 0.875, 0.125, 0.375, 0.875],
            [0.625, 0.125, 0.875, 0.625, 0.625],
            [0.125, 0.625, 0.375, 0.125, 0.125],
        ];
        for (uint i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], Enumerable.Range(0, 5).Select(d => SobolSequence.Digits(i, d) / 4294967296.0));
        }
    }

    [Fact]
    public void All_dimensions_are_those_of_SciPy()
    {
        PyTorch.SkipWhereMissing("scipy");
        double[] expected = PyTorch.Numbers(PyTorch.Run(
            """
            from scipy.stats import qmc
            points = qmc.Sobol(64, scramble=False, bits=32).random(512)
            print(*(int(v * 2**32) for v in points[300:].flatten()))
            """));
        Assert.Equal(64, SobolSequence.Dimensions);
        Assert.Equal(expected, Enumerable.Range(300, 212).SelectMany(i => Enumerable.Range(0, 64).Select(d => (double)SobolSequence.Digits((uint)i, d))));
    }

    [Fact]
    public void Scrambled_points_stay_a_net_and_depend_on_the_seed()
    {
        foreach (ulong seed in (ulong[])[1, 2, 99])
        {
            for (int dimension = 0; dimension < 64; dimension++)
            {
                // One of 128 points in each 128th of an axis; and of the first two axes in each of 128 equal boxes.
                Assert.Equal(128, Enumerable.Range(0, 128).Select(i => (int)(SobolSequence.Scrambled((uint)i, dimension, seed) * 128)).Distinct().Count());
            }

            Assert.Equal(128, Enumerable.Range(0, 128).Select(i => ((int)(SobolSequence.Scrambled((uint)i, 0, seed) * 16), (int)(SobolSequence.Scrambled((uint)i, 1, seed) * 8))).Distinct().Count());
        }

        // The first point is uniform over the seeds.
        int[] counts = new int[10];
        for (ulong seed = 0; seed < 2000; seed++)
        {
            counts[(int)(SobolSequence.Scrambled(0, 3, seed) * 10)]++;
        }

        Assert.All(counts, c => Assert.InRange(c, 200 - 70, 200 + 70));
    }
}
