using System.Runtime.Intrinsics;
using Regimen.Engine;
using Regimen.Kernels;
using Regimen.Layers;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Layers;

/// <summary>Layers with their own kernels equal libtorch's functions: outputs, gradients, and gradients of gradients.</summary>
public sealed class FusedLayersTests : IDisposable
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 32, 8, 1)]
    [InlineData(3, 75, 5, 3)]
    [InlineData(5, 97, 16, 2)]
    public void Causal_attention_equals_libtorchs(int batch, int length, int head, int heads)
    {
        foreach (int threads in new[] { 1, 2 })
        {
            Threads.Use(threads, SharedBy.Layers);
            using var layer = new CausalAttention(heads);
            AssertEqual(layer.call, x => AttentionOperation.OfTorch(x, heads, 0), Values(batch, length, 3 * head * heads), x => new AttentionOperation(heads).Reference([x]));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(300_003)]
    public void Gelu_equals_its_definition(int count)
    {
        Threads.Use(2, SharedBy.Layers);
        using var layer = new Gelu();
        AssertEqual(layer.call, x => x.mul(0.5f).mul(x.add(x.pow(3).mul(0.044715f)).mul(MathF.Sqrt(2 / MathF.PI)).tanh().add(1)), Values(count).mul(3));
        using Tensor extreme = tensor([-1e30f, -60f, 0f, 60f, 1e30f, float.NaN]);
        using Tensor values = layer.call(extreme);
        float[] received = TensorMemory.Span<float>(values).ToArray();
        Assert.All(received.Zip([0f, 0f, 0f, 60f, 1e30f]), v => Assert.Equal(v.Second, v.First, 1e-6f));
        Assert.True(float.IsNaN(received[5]));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(5, 37)]
    [InlineData(601, 64)]
    public void Layer_norm_equals_torchs(int rows, int width)
    {
        foreach (int threads in new[] { 1, 2 })
        {
            Threads.Use(threads, SharedBy.Layers);
            using DisposeScope scope = NewDisposeScope();
            using var ours = new LayerNorm(width);
            using TorchSharp.Modules.LayerNorm theirs = nn.LayerNorm([width]);
            using (no_grad())
            {
                ours.get_parameter("weight")!.copy_(Values(width));
                ours.get_parameter("bias")!.copy_(Values(width));
                theirs.weight!.copy_(ours.get_parameter("weight")!);
                theirs.bias!.copy_(ours.get_parameter("bias")!);
            }

            AssertEqual(ours.call, theirs.call, Values(rows, width).add(3));
            foreach (string name in new[] { "weight", "bias" })
            {
                Assert.True(theirs.get_parameter(name)!.grad!.allclose(ours.get_parameter(name)!.grad!, rtol: 1e-3, atol: 1e-4), name);
            }
        }
    }

    [Fact]
    public void Exponentials_are_exact_to_two_units_in_the_last_place()
    {
        for (float x = -87; x < 88; x += 0.00371f)
        {
            float exact = (float)Math.Exp(x);
            Assert.InRange(FastExp.Of(Vector256.Create(x))[3], exact - (2 * (MathF.BitIncrement(exact) - exact)), exact + (2 * (MathF.BitIncrement(exact) - exact)));
        }

        Vector256<float> special = FastExp.Of(Vector256.Create(float.NegativeInfinity, -1000, -88, 0, 1000, float.PositiveInfinity, float.NaN, 1));
        Assert.Equal((0f, 0f, 0f, 1f, MathF.E), (special[0], special[1], special[2], special[3], special[7]));
        Assert.True(special[4] > 2e38f && special[5] == special[4] && float.IsNaN(special[6]));
    }

    [Fact]
    public void A_value_changed_between_forward_and_backward_is_an_error()
    {
        using DisposeScope scope = NewDisposeScope();
        using var layer = new Gelu();
        Tensor x = Values(9).requires_grad_();
        Tensor doubled = x.mul(2);
        Tensor y = layer.call(doubled);
        doubled.zero_().Dispose();
        Assert.Contains("inplace", Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => y.sum().backward()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_types_are_computed_by_libtorch_and_wrong_shapes_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using var attention = new CausalAttention(2);
        Tensor x = Values(2, 5, 12);
        Assert.True(attention.call(x.to(ScalarType.Float64)).to(ScalarType.Float32).allclose(attention.call(x), rtol: 1e-4, atol: 1e-6));
        Assert.Throws<ArgumentException>(() => attention.call(Values(2, 5, 9)));
        Assert.Throws<ArgumentException>(() => attention.call(Values(5, 12)));
    }

    /// <summary>A copy in the kernel's layout has to be part of autograd's graph.</summary>
    [Fact]
    public void Gradients_of_gradients_reach_inputs_in_another_layout()
    {
        using DisposeScope scope = NewDisposeScope();
        using var gelu = new Gelu();
        Tensor x = Values(7, 5).requires_grad_();
        Tensor[] ours = Gradients(gelu.call(x.t()));
        Tensor t = x.t();
        Tensor[] theirs = Gradients(t.mul(t.mul(1.5957691216f).add(t.pow(3).mul(0.0713548163f)).sigmoid()));
        Assert.All(ours.Zip(theirs), pair => Assert.True(pair.First.allclose(pair.Second, rtol: 1e-4, atol: 1e-5)));

        Tensor[] Gradients(Tensor y)
        {
            Tensor first = autograd.grad([y.square().sum()], [x], retain_graph: true, create_graph: true)[0];
            return [first.detach(), autograd.grad([first.square().sum()], [x])[0]];
        }
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var attention = new CausalAttention(2);
        using var gelu = new Gelu();
        using var norm = new LayerNorm(4);
        Tensors.AssertNoneLeaked(Pass);

        void Pass()
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = ones(2, 35, 12).requires_grad_();
            norm.call(gelu.call(attention.call(x))).sum().backward();
        }
    }

    public void Dispose() => Threads.Use(1);

    /// <param name="ours">The layer.</param>
    /// <param name="theirs">libtorch's function.</param>
    /// <param name="at">The input.</param>
    /// <param name="plain">The function in operations that have a second derivative; null for libtorch's.</param>
    private static void AssertEqual(Func<Tensor, Tensor> ours, Func<Tensor, Tensor> theirs, Tensor at, Func<Tensor, Tensor>? plain = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weights = Values(at.shape);
        Tensor[] results = [.. new[] { ours, theirs }.SelectMany(function =>
        {
            Tensor x = at.detach().clone().requires_grad_();
            Tensor y = function(x);
            Tensor weighted = y.mul(weights.flatten().narrow(0, 0, y.numel()).view(y.shape)).sum();
            weighted.backward();
            using IDisposable noGrad = no_grad();
            return new[] { y.detach(), x.grad!, function(at) };
        })];
        for (int i = 0; i < 3; i++)
        {
            Assert.True(results[i].allclose(results[i + 3], rtol: 1e-4, atol: 2e-5), $"result {i}: {results[i].sub(results[i + 3]).abs().max().ToSingle()}");
        }

        Tensor expected = SecondOrder(plain ?? theirs);
        Assert.True(SecondOrder(ours).allclose(expected, rtol: 1e-3, atol: 1e-4 * Math.Max(1, expected.abs().max().ToDouble())));

        Tensor SecondOrder(Func<Tensor, Tensor> function)
        {
            Tensor x = at.detach().clone().requires_grad_();
            Tensor first = autograd.grad([function(x).pow(2).sum()], [x], retain_graph: true, create_graph: true)[0];
            return autograd.grad([first.pow(2).sum()], [x])[0];
        }
    }

    private static Tensor Values(params long[] shape)
    {
        TorchRandom.SeedInitialization(5);
        return randn(shape);
    }
}
