using Regimen.Engine;
using Regimen.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Layers;

/// <summary>Tests linear layers with portable bits: torch's results up to rounding, and the same bits for any number of threads and rows.</summary>
public sealed class PortableChainTests : IDisposable
{
    public PortableChainTests()
    {
        Arithmetic.Use(Bits.Portable);
        TorchRandom.SeedInitialization(1);
    }

    public static TheoryData<long[]> Nets { get; } = new(new long[] { 5, 3 }, new long[] { 7, 33, 4, 9 }, new long[] { 130, 100, 111, 96, 7 }, new long[] { 600, 290, 310, 3 });

    public void Dispose()
    {
        Arithmetic.Use(Bits.Machine);
        Threads.Use(1);
    }

    [Theory]
    [MemberData(nameof(Nets))]
    public void Outputs_and_gradients_match_torch_and_do_not_depend_on_threads(long[] widths)
    {
        using DisposeScope scope = NewDisposeScope();
        Linear[] layers = [.. widths.Skip(1).Select((width, i) => new Linear(widths[i], width, hasBias: i != 1))];
        Tensor input = randn(61, widths[0]).requires_grad_();
        Tensor gradient = randn(61, widths[^1]);
        Tensor[] expected = Measured(layers, input, gradient, rows => layers.Index().Aggregate(
            rows, (values, layer) => nn.functional.linear(layer.Index == 0 ? values : values.relu(), layer.Item.Weight, layer.Item.Bias)));

        Threads.Use(1);
        Tensor[] one = Measured(layers, input, gradient, rows => LinearChain.Run(rows, layers));
        Assert.Equal(expected.Length, one.Length);
        Assert.All(expected.Zip(one), pair => Assert.True(pair.Second.allclose(pair.First, rtol: 1e-3, atol: 1e-3)));
        foreach (int threads in (int[])[2, 3, 4])
        {
            Threads.Use(threads, SharedBy.Layers);
            Assert.All(one.Zip(Measured(layers, input, gradient, rows => LinearChain.Run(rows, layers))), pair => Assert.Equal(Bytes(pair.First), Bytes(pair.Second)));
        }
    }

    [Fact]
    public void A_rows_bits_do_not_depend_on_the_other_rows()
    {
        using DisposeScope scope = NewDisposeScope();
        Linear[] layers = [new(70, 90), new(90, 11)];
        Tensor input = randn(45, 70);
        using IDisposable noGrad = no_grad();
        byte[] all = Bytes(LinearChain.Run(input, layers).narrow(0, 17, 1).contiguous());
        Assert.Equal(all, Bytes(LinearChain.Run(input.narrow(0, 17, 1), layers)));
        Assert.Equal(all, Bytes(LinearChain.Run(input.narrow(0, 10, 20).contiguous(), layers).narrow(0, 7, 1).contiguous()));
    }

    [Fact]
    public void Gradients_are_added_to_a_trainers_buffer_and_not_computed_for_frozen_layers()
    {
        using DisposeScope scope = NewDisposeScope();
        using var net = new Perceptron(20, 30, 9);
        var first = (Linear)net.children().First();
        first.Weight.requires_grad = false;
        first.Bias!.requires_grad = false;
        using var parameters = new FlatParameters(net);
        parameters.Gradients.fill_(1);
        using (parameters.Gather())
        {
            net.call(ones(5, 20)).backward([zeros(5, 9)]);
        }

        Assert.Equal(9 * 31, parameters.Gradients.eq(1).sum().ToInt64() - (parameters.Gradients.numel() - (9 * 31)));
        Assert.Null(first.Weight.grad);
    }

    /// <summary>The values of a version of Regimen are the same on every machine: they are part of a run's definition.</summary>
    [Fact]
    public void Initial_values_are_those_of_the_first_version()
    {
        TorchRandom.SeedInitialization(3);
        using var layer = new Linear(4, 2);
        float[] values = [.. TensorMemory.Span<float>(layer.Weight.detach()), .. TensorMemory.Span<float>(layer.Bias!.detach())];
        Assert.All(values, v => Assert.InRange(v, -0.5f, 0.5f));
        Assert.Equal("3d940b50 3edd0d1a bea10ef4 3e89f316 bd4abaf0", string.Join(' ', values.Take(5).Select(v => $"{BitConverter.SingleToUInt32Bits(v):x8}")));
    }

    private static Tensor[] Measured(Linear[] layers, Tensor input, Tensor gradient, Func<Tensor, Tensor> run)
    {
        Tensor[] leaves = [input, .. LinearPointers.Parameters(layers)];
        Tensor output = run(input);
        return [output.detach(), .. autograd.grad([output], [.. leaves], [gradient])];
    }

    private static byte[] Bytes(Tensor tensor) => [.. System.Runtime.InteropServices.MemoryMarshal.AsBytes(TensorMemory.Span<float>(tensor.contiguous()))];
}
