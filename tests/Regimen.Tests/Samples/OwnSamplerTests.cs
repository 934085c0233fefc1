using Regimen.Loading;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Samples;

/// <summary>Tests the sampler of the program with its own parts.</summary>
public sealed class OwnSamplerTests
{
    [Fact]
    public void A_sampler_gives_the_order_of_an_epoch()
    {
        using var loader = DataLoader.ForTraining(TinyData.Clusters(7), sampler: new OwnParts.Samplers.Backwards());
        Assert.Equal([6, 5, 4, 3, 2, 1, 0], loader.Order(seed: 1, epoch: 1));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], loader.Order(seed: 1, epoch: 2));
    }
}
