using Regimen.Reproducibility;

namespace Regimen.Tests.Reproducibility;

public sealed class RandomStreamTests
{
    /// <summary>Every recorded run depends on these numbers, so they must never change.</summary>
    [Fact]
    public void The_random_numbers_never_change()
    {
        RandomStream stream = RandomStream.For(42, RandomPurpose.Order, epoch: 3, index: 7);
        ulong[] expected = [12446560349176987464, 2375802589087617589, 10673810944807181822];
        ulong[] received = [stream.NextUInt64(), stream.NextUInt64(), stream.NextUInt64()];
        Assert.Equal(expected, received);
    }
}
