using System.Globalization;
using System.Runtime.InteropServices;
using Regimen.Engine;
using Regimen.Ranks;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;
using BatchNorm = TorchSharp.Modules.BatchNorm;

namespace Regimen.Tests.Training;

/// <summary>Tests of synchronised batch norm against libtorch's own layer on the whole batch.</summary>
public sealed class SynchronisedBatchNormTests
{
    [Theory]
    [InlineData(0.1, Bits.Machine)]
    [InlineData(0.03, Bits.Machine)]
    [InlineData(0.03, Bits.Portable)]
    public void With_one_rank_it_is_the_layer_itself(double momentum, Bits bits)
    {
        using IDisposable arithmetic = Arithmetic.Borrow(bits);
        using DisposeScope scope = NewDisposeScope();
        Tensor values = randn(7, 3, 5, 4) * 3 + 2;
        Tensor above = randn(7, 3, 5, 4);
        (Tensor expected, Tensor[] expectedGradients, BatchNorm own) = Run(momentum, values, above, group: null);
        new MemoryRanks(1).Run(group =>
        {
            (Tensor output, Tensor[] gradients, BatchNorm layer) = Run(momentum, values, above, group);
            Close(expected, output);
            Assert.All(expectedGradients.Zip(gradients), pair => Close(pair.First, pair.Second));
            Close(own.running_mean!, layer.running_mean!);
            Close(own.running_var!, layer.running_var!);
            return true;
        });
    }

    [Fact]
    public void With_portable_bits_and_one_rank_it_has_the_bits_of_the_layer()
    {
        using IDisposable arithmetic = Arithmetic.Borrow(Bits.Portable);
        using DisposeScope scope = NewDisposeScope();
        Tensor values = randn(7, 3, 50, 4) * 3 + 2;
        Tensor above = randn(7, 3, 50, 4);
        string[] expected = Measured(null);
        new MemoryRanks(1).Run(group =>
        {
            Assert.Equal(expected, Measured(group));
            return true;
        });

        string[] Measured(RankGroup? group)
        {
            using var layer = new Regimen.Layers.BatchNorm2d(3, momentum: 0.03);
            (Tensor output, Tensor[] gradients, _) = Run(layer, values, above, group);
            return [.. gradients.Append(output).Append(layer.running_mean!).Append(layer.running_var!).Select(t => Convert.ToHexString(MemoryMarshal.AsBytes(TensorMemory.Span<float>(t.detach().contiguous())))), layer.num_batches_tracked!.ToInt64().ToString(CultureInfo.InvariantCulture)];
        }
    }

    [Theory]
    [InlineData(2, Bits.Machine)]
    [InlineData(3, Bits.Machine)]
    [InlineData(3, Bits.Portable)]
    public void The_shares_of_ranks_are_those_of_the_whole_batch(int ranks, Bits bits)
    {
        using IDisposable arithmetic = Arithmetic.Borrow(bits);
        using DisposeScope scope = NewDisposeScope();

        // Of very different means and deviations, and shares of different sizes.
        Tensor values = (randn(7, 3, 5, 4) * tensor(new[] { 3f, 0.1f, 20f }).view(1, 3, 1, 1)) + tensor(new[] { 2f, -5f, 0f }).view(1, 3, 1, 1);
        Tensor above = randn(7, 3, 5, 4);
        (Tensor expected, Tensor[] expectedGradients, BatchNorm own) = Run(0.1, values, above, group: null);
        var gate = new Lock();
        var all = new (Tensor Output, Tensor[] Gradients)[ranks];
        new MemoryRanks(ranks).Run(group =>
        {
            (long first, long last) = (7 * group.Rank / ranks, 7 * (group.Rank + 1) / ranks);
            (Tensor output, Tensor[] gradients, BatchNorm layer) = Run(0.1, values.narrow(0, first, last - first), above.narrow(0, first, last - first), group);
            lock (gate)
            {
                all[group.Rank] = (output, gradients);
                Close(own.running_mean!, layer.running_mean!);
                Close(own.running_var! / 100, layer.running_var! / 100);
            }

            return true;
        });
        Close(expected, cat([.. all.Select(a => a.Output)]));
        Close(expectedGradients[0], cat([.. all.Select(a => a.Gradients[0])]));
        for (int i = 1; i < 3; i++)
        {
            Close(expectedGradients[i], all.Select(a => a.Gradients[i]).Aggregate((a, b) => a + b));
        }
    }

    private static (Tensor Output, Tensor[] Gradients, BatchNorm Layer) Run(double momentum, Tensor values, Tensor above, RankGroup? group)
        => Run(nn.BatchNorm2d(3, momentum: momentum), values, above, group);

    private static (Tensor Output, Tensor[] Gradients, BatchNorm Layer) Run(BatchNorm layer, Tensor values, Tensor above, RankGroup? group)
    {
        using (no_grad())
        {
            layer.weight!.copy_(tensor(new[] { 1.5f, -0.5f, 2f }));
            layer.bias!.copy_(tensor(new[] { 0.5f, 0f, -1f }));
        }

        using SynchronisedBatchNorms? norms = group is null ? null : new SynchronisedBatchNorms(layer, group) { IsActive = true };
        Tensor input = values.clone().requires_grad_();
        Tensor output = layer.call(input);
        output.backward([above]);
        return (output, [input.grad!, layer.weight.grad!, layer.bias!.grad!], layer);
    }

    private static void Close(Tensor expected, Tensor received)
        => Assert.True((expected - received).abs().max().ToDouble() <= 2e-5 * expected.abs().max().ToDouble());
}
