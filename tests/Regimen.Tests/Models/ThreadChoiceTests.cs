using Regimen.Data;
using Regimen.Engine;
using Regimen.Inspection;
using Regimen.Models;

namespace Regimen.Tests.Models;

/// <summary>The default number of threads of a run.</summary>
public sealed class ThreadChoiceTests
{
    [Theory]
    [InlineData(4, 8, 1)] // tiny: a second thread does not pay off
    [InlineData(784, 128, 2)] // the default run
    [InlineData(784, 4096, 16)] // large: every core
    public void A_perceptron_splits_its_work_itself(int inputs, int hidden, int threads)
        => Assert.Equal(new ThreadChoice(threads, SharedBy.Layers, MayVary: true), Of(new Mlp(new MlpOptions { Hidden = [hidden] }, new SampleShape(inputs), 10), new SampleShape(inputs), 16));

    [Fact]
    public void The_work_of_convolutions_is_split_by_libtorch()
    {
        Assert.Equal(new ThreadChoice(16, SharedBy.Torch, MayVary: true), Of(new Cnn(new CnnOptions(), new SampleShape(1, 28, 28), 10), new SampleShape(1, 28, 28), 16));
        Assert.Equal(new ThreadChoice(1, SharedBy.Torch, MayVary: true), Of(new Cnn(new CnnOptions(), new SampleShape(1, 7, 7), 10), new SampleShape(1, 7, 7), 16));
    }

    [Fact]
    public void The_work_of_convolutions_is_split_by_Regimen_with_portable_bits()
    {
        var shape = new SampleShape(1, 28, 28);
        using var model = new Cnn(new CnnOptions(), shape, 10);
        Assert.Equal(new ThreadChoice(16, SharedBy.Layers, MayVary: true), ThreadChoice.Of(ModelSummary.Of(model, shape), 64, 16, bits: Bits.Portable));
        Assert.Equal(new ThreadChoice(3, SharedBy.Layers), ThreadChoice.Of(ModelSummary.Of(model, shape), 64, 16, asked: 3, Bits.Portable));
    }

    [Fact]
    public void Threads_do_not_exceed_cores_unless_configured()
    {
        var shape = new SampleShape(784);
        Assert.Equal(1, Of(new Mlp(new MlpOptions(), shape, 10), shape, 1).Threads);
        Assert.Equal(3, Of(new Mlp(new MlpOptions(), shape, 10), shape, 1, asked: 3).Threads);
    }

    private static ThreadChoice Of(TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor> model, SampleShape shape, int cores, int? asked = null)
    {
        using (model)
        {
            return ThreadChoice.Of(ModelSummary.Of(model, shape), 64, cores, asked);
        }
    }
}
