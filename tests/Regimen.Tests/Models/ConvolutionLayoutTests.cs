using Regimen.Data;
using Regimen.Engine;
using Regimen.Inspection;
using Regimen.Loading;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

/// <summary>The channels-last memory format: another layout in memory with the same values.</summary>
public sealed class ConvolutionLayoutTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Channels_last_batches_have_the_same_values(int channels)
    {
        byte[] pixels = [.. Enumerable.Range(0, 5 * channels * 6 * 7).Select(i => (byte)(i * 7))];
        var data = new ImageDataset(pixels, [0, 1, 0, 1, 1], new SampleShape(channels, 6, 7), ["a", "b"]);
        Assert.Equal(Read(null, out long[] first), Read(true, out long[] last));
        Assert.Equal([channels * 42, 42, 7, 1], first);
        Assert.Equal([channels * 42, 1, 7 * channels, channels], last);

        float[] Read(bool? channelsLast, out long[] strides)
        {
            using DataLoader loader = DataLoader.ForTraining(data, new LoaderOptions { BatchSize = 2, ChannelsLast = channelsLast });
            var values = new List<float>();
            strides = [];
            for (int epoch = 1; epoch <= 2; epoch++)
            {
                foreach (Batch batch in loader.Epoch(3, epoch))
                {
                    using Tensor plain = batch.Input.contiguous();
                    values.AddRange(TensorMemory.Span<float>(plain));
                    strides = batch.Input.stride();
                }
            }

            return [.. values];
        }
    }

    [Fact]
    public void Loss_and_gradients_of_a_convolutional_net_are_equal_to_rounding()
    {
        using Tensor images = arange(4 * 144, dtype: float32).mul(0.7).sin().view(4, 1, 12, 12);
        using Tensor target = arange(4).remainder(3);
        (float loss, float[] gradients) = Step(images);
        using Tensor moved = MemoryLayout.ChannelsLast(images);
        (float other, float[] otherGradients) = Step(moved);
        Assert.Equal(loss, other, 1e-5f);
        WeightValues.AreNear(gradients, otherGradients, 1e-5);

        (float Loss, float[] Gradients) Step(Tensor input)
        {
            TorchRandom.SeedInitialization(3);
            using var model = new Cnn(new CnnOptions(), new SampleShape(1, 12, 12), 3);
            TorchRandom.SeedStep(1, 1, 1);
            using var batch = new Batch([new(Field.Input, input.alias()), new(Field.Target, target.alias())], 4);
            float loss = Objectives.CrossEntropy.Backward(model, batch);
            return (loss, [.. model.parameters().SelectMany(p => TensorMemory.Span<float>(p.grad!.contiguous()).ToArray())]);
        }
    }

    [Fact]
    public void Channels_last_is_chosen_for_convolutions_that_support_it()
    {
        var image = new SampleShape(1, 12, 12);
        using var cnn = new Cnn(new CnnOptions(), image, 3);
        using var mlp = new Mlp(new MlpOptions { Hidden = [3] }, image, 3);
        using var views = new Views();
        Assert.True(ConvolutionLayout.Pays(cnn, [Field.Inputs(image)], CPU));
        Assert.False(ConvolutionLayout.Pays(mlp, [Field.Inputs(image)], CPU));
        Assert.False(ConvolutionLayout.Pays(views, [Field.Inputs(image)], CPU));
    }

    [Fact]
    public void Channels_last_requires_images()
    {
        using Tensor flat = zeros(2, 3);
        Assert.Contains("[batch, channels, height, width]", Assert.Throws<ArgumentException>(() => MemoryLayout.ChannelsLast(flat)).Message, StringComparison.Ordinal);
    }

    /// <summary>A model whose forward method depends on the memory order.</summary>
    private sealed class Views : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Conv2d conv = nn.Conv2d(1, 2, 3);
        private readonly TorchSharp.Modules.Linear fc = nn.Linear(200, 3);

        public Views()
            : base(nameof(Views)) => RegisterComponents();

        public override Tensor forward(Tensor input) => fc.call(conv.call(input).view(-1, 200));
    }
}
