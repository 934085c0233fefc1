using Regimen.Tuning;

namespace Regimen.Tests.Tuning;

public sealed class BatchSizeSearchTests
{
    [Theory]
    [InlineData(1000, 60_000, 16)]
    [InlineData(77, 60_000, 16)]
    [InlineData(9, 60_000, 16)]
    [InlineData(1, 60_000, 16)]
    [InlineData(1000, 437, 16)]
    [InlineData(5, 5, 16)]
    [InlineData(60_000, 60_000, 7)]
    public void The_largest_size_that_fits_is_found_to_a_sixteenth(int fitting, int samples, int first)
    {
        var search = new BatchSizeSearch(first);
        var tried = new List<int>();
        while (search.Next is { } size)
        {
            Assert.DoesNotContain(size, tried);
            Assert.InRange(tried.Count, 0, 40);
            tried.Add(size);
            search.Tell(size, Math.Min(size, samples) <= fitting, samples);
        }

        int expected = Math.Min(fitting, samples);
        Assert.InRange(search.Largest!.Value, expected - Math.Max(1, expected / 16), expected);
        Assert.Equal(fitting >= samples, search.IsWholeSet);
        Assert.All(tried.Skip(1), size => Assert.InRange(size, 1, samples));
    }

    [Fact]
    public void Nothing_is_found_where_one_sample_does_not_fit()
    {
        var search = new BatchSizeSearch(16);
        while (search.Next is { } size)
        {
            search.Tell(size, fits: false, most: null);
        }

        Assert.Equal((null, 1), (search.Largest, search.TooLarge));
    }
}
