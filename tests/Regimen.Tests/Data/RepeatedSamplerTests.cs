using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Tests.TestKit;
using Regimen.Transforms;

namespace Regimen.Tests.Data;

public sealed class RepeatedSamplerTests
{
    [Fact]
    public void Each_sample_is_drawn_so_often_in_succession_and_others_in_each_epoch()
    {
        using var shuffled = DataLoader.ForTraining(TinyData.Numbered(50), new LoaderOptions { BatchSize = 8 });
        using var repeated = DataLoader.ForTraining(TinyData.Numbered(50), new LoaderOptions { BatchSize = 8, Sampler = SamplerKind.Repeated });
        for (int epoch = 1; epoch < 4; epoch++)
        {
            // The beginning of the shuffled order, each sample three times.
            int[] order = repeated.Order(9, epoch);
            Assert.Equal([.. shuffled.Order(9, epoch).SelectMany(s => Enumerable.Repeat(s, 3)).Take(50)], order);
            Assert.Equal(17, order.Distinct().Count());
        }

        Assert.NotEqual(repeated.Order(9, 1), repeated.Order(9, 2));
    }

    [Fact]
    public void Each_draw_is_augmented_differently()
    {
        ImageDataset images = TinyData.Images(24, new SampleShape(3, 12, 12));
        using var loader = DataLoader.ForTraining(
            images, new LoaderOptions { BatchSize = 24, Workers = 0, Sampler = SamplerKind.Repeated, Repeats = 4 }, [new ColorJitter()]);
        float[] batch = TensorMemory.Span<float>(loader.Epoch(1, 1).First().Input).ToArray();
        float[][] first = [.. batch.Chunk(432).Take(4)];
        Assert.Equal(4, first.Select(s => s.Sum()).Distinct().Count());
    }

    [Fact]
    public void Repeats_without_the_sampler_or_beyond_the_set_are_refused()
    {
        Assert.Equal("loader.repeats", Refused(new LoaderOptions { Repeats = 3 }).Where);
        Assert.Equal("at most 5", Refused(new LoaderOptions { Sampler = SamplerKind.Repeated, Repeats = 6 }).Expected);
        Assert.Equal("loader.sampler", Refused(new LoaderOptions { Sampler = SamplerKind.Repeated, Shuffle = false }).Where);

        static Problem Refused(LoaderOptions options) => Assert.Single(Assert.Throws<RequestException>(() => DataLoader.ForTraining(TinyData.Numbered(5), options)).Problems);
    }
}
