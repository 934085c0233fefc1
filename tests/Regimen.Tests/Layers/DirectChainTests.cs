using Regimen.Data;
using Regimen.Engine;
using Regimen.Layers;
using Regimen.Models;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Layers;

/// <summary>Tests that a step of a chain without autograd has the bits of the step with it, and which models take it.</summary>
public sealed class DirectChainTests : IDisposable
{
    public DirectChainTests() => TorchRandom.SeedInitialization(1);

    public void Dispose()
    {
        Arithmetic.Use(Bits.Machine);
        Threads.Use(1);
    }

    [Theory]
    [InlineData(Bits.Machine, 1)]
    [InlineData(Bits.Machine, 2)]
    [InlineData(Bits.Portable, 1)]
    [InlineData(Bits.Portable, 3)]
    public void A_step_has_the_bits_of_the_step_with_autograd(Bits bits, int threads)
    {
        using DisposeScope scope = NewDisposeScope();
        Arithmetic.Use(bits);
        Threads.Use(threads, SharedBy.Layers);
        using var model = new Mlp(new MlpOptions { Hidden = [190, 37] }, new SampleShape(9, 20), 11);
        using var parameters = new FlatParameters(model);
        using Batch batch = NewBatch(53, 9, 20);
        var objective = new CrossEntropy { LabelSmoothing = 0.1 };
        Assert.NotNull(DirectChain.Run(model, batch.Inputs));
        float direct = objective.Backward(model, batch, 0.7);
        byte[] gradients = Gradients(parameters);

        // A hook on the model needs autograd, which has the layers as one operation.
        model.register_forward_hook((_, _, output) => output);
        Assert.Null(DirectChain.Run(model, batch.Inputs));
        parameters.ClearGradients();
        Assert.Equal(direct, objective.Backward(model, batch, 0.7));
        Assert.Equal(gradients, Gradients(parameters));

        // With hooks on a layer they run one by one, on other memory: a BLAS may then add in another order, our own products may not.
        ((Linear)model.children().First()).register_forward_hook((_, _, output) => output);
        parameters.ClearGradients();
        float oneByOne = objective.Backward(model, batch, 0.7);
        Assert.Equal(direct, oneByOne, bits == Bits.Portable ? 0 : 1e-5f);
        if (bits == Bits.Portable)
        {
            Assert.Equal(gradients, Gradients(parameters));
        }
    }

    [Fact]
    public void Frozen_layers_get_no_gradient_and_other_models_are_not_chains()
    {
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = NewBatch(7, 12);
        using var model = new Mlp(new MlpOptions { Hidden = [6] }, new SampleShape(12), 3);
        Assert.Null(DirectChain.Run(model, batch.Inputs));
        var first = (Linear)model.children().First();
        first.Weight.requires_grad = false;
        using (var parameters = new FlatParameters(model))
        {
            Assert.NotNull(DirectChain.Run(model, batch.Inputs));
            new CrossEntropy().Backward(model, batch);
            Assert.Equal(parameters.Count, parameters.Gradients.ne(0).sum().ToInt64() + parameters.Ranges.Sum(r => r.View(parameters.Gradients).eq(0).sum().ToInt64()));
            Assert.Null(first.Weight.grad);

            // Unfrozen while a trainer trains: its gradient is not in the buffers, so autograd has to hold it.
            first.Weight.requires_grad = true;
            Assert.Null(DirectChain.Run(model, batch.Inputs));
        }

        using var withDropout = new Mlp(new MlpOptions { Hidden = [6], Dropout = 0.1 }, new SampleShape(12), 3);
        using var others = new FlatParameters(withDropout);
        Assert.Null(DirectChain.Run(withDropout, batch.Inputs));
    }

    private static byte[] Gradients(FlatParameters parameters) => [.. parameters.Gradients.bytes];

    private static Batch NewBatch(int count, params long[] shape) => new(
        [KeyValuePair.Create(Field.Input, randn([count, .. shape])), KeyValuePair.Create(Field.Target, randint(0, 3, [count], ScalarType.Int64))], count);
}
