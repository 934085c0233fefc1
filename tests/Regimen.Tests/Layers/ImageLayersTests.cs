using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;
using Regimen.Kernels;
using Regimen.Layers;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Layers;

/// <summary>Tests layers of images with portable bits: torch's results up to rounding, and the same bits for any number of threads, memory layout and
/// batch.</summary>
public sealed class ImageLayersTests : IDisposable
{
    public ImageLayersTests()
    {
        Arithmetic.Use(Bits.Portable);
        TorchRandom.SeedInitialization(1);
    }

    public void Dispose()
    {
        Arithmetic.Use(Bits.Machine);
        Threads.Use(1);
    }

    [Theory]
    [InlineData(3, 8, 3, 1, 0, 1, 1)]
    [InlineData(6, 33, 3, 1, 1, 1, 1)]
    [InlineData(5, 7, 5, 2, 2, 1, 1)]
    [InlineData(12, 24, 3, 2, 1, 2, 4)]
    [InlineData(16, 16, 3, 1, 1, 1, 16)]
    [InlineData(70, 40, 1, 2, 0, 1, 1)]
    public void Convolutions_match_torch(int inputs, int outputs, int kernel, int stride, int padding, int dilation, int groups)
    {
        using var layer = new Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, hasBias: outputs != 40);
        Check(layer, Values(4, inputs, 13, 11), layer.call, x => layer.OfTorch(x, layer.weight, layer.bias));
    }

    /// <summary>The ReLU and the pooling after a convolution have no rounding, so they change no bit.</summary>
    [Theory]
    [InlineData(3, 33, 21, 19, 1, 2)]
    [InlineData(5, 40, 14, 12, 3, 3)]
    [InlineData(2, 7, 61, 64, 35, 5)]
    [InlineData(1, 8, 6, 6, 4, 4)]
    public void A_convolution_with_relu_and_pooling_has_the_bits_of_its_parts(int batch, int outputs, int height, int width, int inputs, int side)
    {
        using DisposeScope scope = NewDisposeScope();
        using var layer = new Conv2d(inputs, outputs, 3);
        var hooks = new ModuleHooks(layer);
        Tensor input = Values(batch, inputs, height, width);

        // Equal values, of which the first gets the gradient, and NaN.
        input.narrow(2, 1, 4).zero_();
        input[0, 0, height - 1, width - 1] = float.NaN;
        Tensor gradient = Values(batch, outputs, height - 2, width - 2);
        Tensor pooledGradient = Values(batch, outputs, (height - 2) / side, (width - 2) / side);
        string whole = Measured(x => layer.call(x).relu(), gradient);
        string pooled = Measured(x => nn.functional.max_pool2d(layer.call(x), side).relu(), pooledGradient);
        foreach (int threads in (int[])[1, 2, 3])
        {
            Threads.Use(threads, SharedBy.Layers);
            Assert.True(whole == Measured(x => layer.CallAndRectify(hooks, x), gradient), $"relu, {threads} threads");
            Assert.True(pooled == Measured(x => layer.CallPoolAndRectify(hooks, x, side), pooledGradient), $"pooling, {threads} threads");
        }

        using (no_grad())
        {
            Assert.Equal(Bytes(layer.call(input).relu()), Bytes(layer.CallAndRectify(hooks, input)));
            Assert.Equal(Bytes(nn.functional.max_pool2d(layer.call(input), side).relu()), Bytes(layer.CallPoolAndRectify(hooks, input, side)));
        }

        // A hook sees the layer's own output, before the ReLU.
        string own = Bytes(layer.call(input).detach());
        var seen = new List<string>();
        layer.register_forward_hook((_, _, output) =>
        {
            seen.Add(Bytes(output.detach()));
            return output;
        });
        Assert.Equal(whole, Measured(x => layer.CallAndRectify(hooks, x), gradient));
        Assert.Equal(pooled, Measured(x => layer.CallPoolAndRectify(hooks, x, side), pooledGradient));
        Assert.Equal(2, seen.Count);
        Assert.All(seen, s => Assert.Equal(own, s));

        string Measured(Func<Tensor, Tensor> function, Tensor above)
        {
            Tensor x = input.detach().requires_grad_();
            Tensor y = function(x);
            return string.Concat(autograd.grad([y], [x, layer.weight, layer.bias!], [above]).Prepend(y.detach()).Select(Bytes));
        }
    }

    [Theory]
    [InlineData(3, 8, 3, 1, 0, 0, 1, 1)]
    [InlineData(33, 6, 2, 2, 0, 0, 1, 1)]
    [InlineData(5, 7, 5, 2, 2, 1, 1, 1)]
    [InlineData(12, 24, 3, 3, 1, 2, 2, 4)]
    [InlineData(16, 16, 3, 2, 1, 1, 1, 16)]
    [InlineData(70, 40, 1, 2, 0, 0, 1, 1)]
    public void Transposed_convolutions_match_torch(int inputs, int outputs, int kernel, int stride, int padding, int outputPadding, int dilation, int groups)
    {
        using var layer = new ConvTranspose2d(inputs, outputs, kernel, stride, padding, outputPadding, dilation, groups, hasBias: outputs != 40);
        using TorchSharp.Modules.ConvTranspose2d theirs = nn.ConvTranspose2d(
            inputs, outputs, kernel, stride, padding, output_padding: outputPadding, dilation: dilation, groups: groups, bias: outputs != 40);
        theirs.load_state_dict(layer.state_dict());
        Tensor input = Values(4, inputs, 7, 9);
        Assert.True(layer.call(input).allclose(theirs.call(input), rtol: 1e-4, atol: 1e-5));
        Check(layer, input, layer.call, x => layer.OfTorch(x, layer.weight, layer.bias));
    }

    /// <summary>Output and gradients against PyTorch's in float64.</summary>
    [Fact]
    public void Transposed_convolutions_have_PyTorchs_values()
    {
        PyTorch.SkipWhereMissing();
        using DisposeScope scope = NewDisposeScope();
        double[] expected = PyTorch.Numbers(PyTorch.Run(
            """
            import torch
            def values(*shape):
                n = torch.Size(shape).numel()
                return (0.5 * torch.sin(0.7 * torch.arange(n, dtype=torch.float64))).float().double().reshape(shape)
            layer = torch.nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=1, groups=2).double()
            with torch.no_grad():
                layer.weight.copy_(values(*layer.weight.shape)); layer.bias.copy_(values(4))
            x = values(3, 6, 5, 7).requires_grad_()
            y = layer(x)
            y.backward(values(*y.shape))
            print(*(repr(v) for t in (y, x.grad, layer.weight.grad, layer.bias.grad) for v in t.flatten().tolist()))
            """));
        using var layer = new ConvTranspose2d(6, 4, 3, stride: 2, padding: 1, outputPadding: 1, groups: 2);
        using (no_grad())
        {
            layer.weight.copy_(Sines(layer.weight.shape));
            layer.bias!.copy_(Sines(4));
        }

        Tensor x = Sines(3, 6, 5, 7).requires_grad_();
        Tensor y = layer.call(x);
        Tensor[] results = [y, .. autograd.grad([y], [x, layer.weight, layer.bias], [Sines(y.shape)])];
        float[] received = [.. results.SelectMany(t => TensorMemory.Span<float>(t.detach().contiguous()).ToArray())];
        Assert.Equal(expected.Length, received.Length);
        Assert.All(expected.Zip(received), v => Assert.Equal(v.First, v.Second, 1e-5 * Math.Max(1, Math.Abs(v.First))));

        static Tensor Sines(params long[] shape) => tensor([.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(i => (float)(0.5 * Math.Sin(0.7 * i)))]).reshape(shape);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Batch_norm_matches_torch(bool training)
    {
        using var ours = new BatchNorm2d(37);
        using TorchSharp.Modules.BatchNorm2d theirs = nn.BatchNorm2d(37);
        using (no_grad())
        {
            ours.weight.copy_(Values(37));
            ours.bias!.copy_(Values(37));
            ours.running_mean!.copy_(Values(37));
            ours.running_var!.copy_(Values(37).abs().add(0.1));
        }

        theirs.load_state_dict(ours.state_dict());
        ours.train(training);
        theirs.train(training);
        Tensor input = Values(5, 37, 9, 8).add(3);
        Assert.True(ours.call(input).allclose(theirs.call(input), rtol: 1e-4, atol: 1e-5));
        Dictionary<string, Tensor> expected = theirs.state_dict();
        Assert.All(ours.state_dict(), e => Assert.True(e.Value.allclose(expected[e.Key], rtol: 1e-5, atol: 1e-6), e.Key));
        Assert.Equal(training ? 1 : 0, ours.num_batches_tracked!.item<long>());
        Check(ours, input, ours.call, x => training
            ? nn.functional.batch_norm(x, null!, null!, ours.weight, ours.bias, training: true)
            : nn.functional.batch_norm(x, ours.running_mean!, ours.running_var!, ours.weight, ours.bias));
    }

    /// <summary>A ReLU has no rounding, and a sum of two values one: the operations have the bits of their parts, with gradients of equal values and NaN.</summary>
    [Theory]
    [InlineData(true, 37)]
    [InlineData(false, 16)]
    public void A_batch_norm_with_relu_and_a_rectified_sum_have_the_bits_of_their_parts(bool training, int channels)
    {
        using DisposeScope scope = NewDisposeScope();
        using var norm = new BatchNorm2d(channels);
        using (no_grad())
        {
            norm.weight.copy_(Values(channels));
            norm.bias!.copy_(Values(channels));
            norm.weight[2] = 0f;
            norm.bias[2] = 0f;
        }

        norm.train(training);
        var hooks = new ModuleHooks(norm);
        Tensor input = Values(5, channels, 9, 8);
        Tensor shortcut = Values(5, channels, 9, 8);
        Tensor gradient = Values(5, channels, 9, 8);
        shortcut[0, 1, 3, 3] = float.NaN;
        shortcut[2].copy_(norm.call(input)[2].neg().detach());
        string expected = Measured(x => norm.call(x).relu());
        string sum = Measured(x => norm.call(x).add(shortcut).relu());
        foreach (int threads in (int[])[1, 2, 3])
        {
            Threads.Use(threads, SharedBy.Layers);
            Assert.True(expected == Measured(x => norm.CallAndRectify(hooks, x)), $"relu, {threads} threads");
            Assert.True(sum == Measured(x => RectifiedSum.Run(norm.call(x), shortcut)), $"sum, {threads} threads");
        }

        string Measured(Func<Tensor, Tensor> function)
        {
            Tensor x = input.detach().requires_grad_();
            Tensor y = function(x);
            return string.Concat(autograd.grad([y], [x, norm.weight, norm.bias!], [gradient]).Prepend(y.detach()).Select(Bytes));
        }
    }

    /// <summary>Recorded runs keep their bits.</summary>
    [Fact]
    public void With_machine_bits_layers_are_torchs_to_the_bit()
    {
        using DisposeScope scope = NewDisposeScope();
        Arithmetic.Use(Bits.Machine);
        Tensor input = Values(4, 3, 13, 11);
        TorchRandom.SeedInitialization(7);
        using var net = nn.Sequential(new Conv2d(3, 8, 3, stride: 2, padding: 1), new BatchNorm2d(8), new ConvTranspose2d(8, 2, 3, 2, 1, 1), nn.Flatten(), new BatchNorm1d(2 * 168));
        TorchRandom.SeedInitialization(7);
        using var theirs = nn.Sequential(nn.Conv2d(3, 8, 3, stride: 2, padding: 1), nn.BatchNorm2d(8), nn.ConvTranspose2d(8, 2, 3, 2, 1, 1), nn.Flatten(), nn.BatchNorm1d(2 * 168));
        string[] expected = Measured(theirs);
        Assert.Equal(expected, Measured(net));

        string[] Measured(nn.Module<Tensor, Tensor> model)
        {
            Tensor y = model.call(input);
            Tensor[] gradients = [.. autograd.grad([y.square().sum()], [.. model.parameters()])];
            return [Bytes(y.detach()), .. gradients.Select(Bytes), .. model.state_dict().Where(e => e.Value.dtype == ScalarType.Float32).Select(e => e.Key + Bytes(e.Value.detach()))];
        }
    }

    [Fact]
    public void Batch_norm_of_features_matches_torch()
    {
        using var ours = new BatchNorm1d(19);
        Check(ours, Values(700, 19), ours.call, x => nn.functional.batch_norm(x, null!, null!, ours.weight, ours.bias, training: true));
        Check(ours, Values(7, 19, 5), ours.call, x => nn.functional.batch_norm(x, null!, null!, ours.weight, ours.bias, training: true));
        Assert.Throws<ArgumentException>(() => ours.call(Values(7, 19, 5, 1)));
    }

    [Fact]
    public void Averages_match_torch()
    {
        using TorchSharp.Modules.Identity none = nn.Identity();
        Check(none, Values(3, 21, 9, 7), x => AveragePool.Windows(x, 2), x => nn.functional.avg_pool2d(x, 2));
        Check(none, Values(3, 16, 6, 6), x => AveragePool.Windows(x, 3), x => nn.functional.avg_pool2d(x, 3));
        Check(none, Values(3, 21, 9, 7), AveragePool.Whole, x => nn.functional.adaptive_avg_pool2d(x, 1));
    }

    [Fact]
    public void Tanh_matches_torch()
    {
        using TorchSharp.Modules.Identity none = nn.Identity();
        Check(none, Values(3, 21, 9, 7), x => ElementOperation<TanhFunction>.Run(x), x => x.tanh());
        Check(none, Values(33, 40_000), x => ElementOperation<TanhFunction>.Run(x), x => x.tanh());
        for (float x = -12; x < 12; x += 0.00071f)
        {
            float exact = (float)Math.Tanh(x);
            Assert.InRange(VectorFunctions.Tanh(Vector256.Create(x))[5], exact - (3 * (MathF.BitIncrement(MathF.Abs(exact)) - MathF.Abs(exact))), exact + (3 * (MathF.BitIncrement(MathF.Abs(exact)) - MathF.Abs(exact))));
        }

        Vector256<float> special = VectorFunctions.Tanh(Vector256.Create(float.NegativeInfinity, -100, -0f, 0, 100, float.PositiveInfinity, float.NaN, 1e-30f));
        Assert.Equal((-1f, -1f, 0f, 0f, 1f, 1f, 1e-30f), (special[0], special[1], special[2], special[3], special[4], special[5], special[7]));
        Assert.True(float.IsNaN(special[6]) && float.IsNegative(special[2]));
    }

    /// <summary>Max-pooling, ReLU and sums of two tensors are libtorch's in a portable run: they select values, or round once, in every layout.</summary>
    [Fact]
    public void What_libtorch_computes_in_a_portable_run_does_not_depend_on_threads_or_layout()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = Values(9, 33, 21, 19);
        Tensor other = Values(9, 33, 21, 19);

        // Equal values: the gradient goes to the first.
        input.narrow(2, 3, 7).mul_(0f);
        Tensor gradient = Values(9, 33, 11, 10);
        string[] results = [.. from threads in new[] { 1, 2, 3 } from last in new[] { false, true } select Measured(threads, last)];
        Assert.Single(results.Distinct());

        string Measured(int threads, bool last)
        {
            Threads.Use(threads);
            Tensor x = (last ? MemoryLayout.ChannelsLast(input) : input).detach().requires_grad_();
            Tensor y = nn.functional.max_pool2d(x.add(last ? MemoryLayout.ChannelsLast(other) : other).relu_(), kernel_size: 3, stride: 2, padding: 1);
            return $"{Bytes(y.detach())} {Bytes(autograd.grad([y], [x], [gradient])[0])}";
        }
    }

    [Fact]
    public void A_samples_bits_do_not_depend_on_its_batch()
    {
        using DisposeScope scope = NewDisposeScope();
        using var layer = new Conv2d(20, 30, 3, padding: 1);
        using var norm = new BatchNorm2d(30);
        norm.eval();
        using IDisposable noGrad = no_grad();
        Tensor input = Values(12, 20, 14, 14);
        using var transposed = new ConvTranspose2d(30, 5, 3, stride: 2);
        Tensor Run(Tensor x) => AveragePool.Whole(transposed.call(norm.call(layer.call(x))));
        string expected = Bytes(Run(input).narrow(0, 7, 1));
        Assert.Equal(expected, Bytes(Run(input.narrow(0, 7, 1))));
        Assert.Equal(expected, Bytes(Run(input.narrow(0, 5, 4)).narrow(0, 2, 1)));
        Assert.Equal(Bytes(layer.call(input).narrow(0, 3, 1).squeeze(0)), Bytes(layer.call(input.narrow(0, 3, 1).squeeze(0))));
        Tensor features = layer.call(input);
        Assert.Equal(Bytes(transposed.call(features).narrow(0, 3, 1).squeeze(0)), Bytes(transposed.call(features.narrow(0, 3, 1).squeeze(0))));
    }

    [Fact]
    public void Gradients_are_added_to_a_trainers_buffer_and_not_computed_for_frozen_layers()
    {
        using DisposeScope scope = NewDisposeScope();
        using var net = nn.Sequential(new Conv2d(3, 5, 3), new BatchNorm2d(5), new Conv2d(5, 4, 3), new ConvTranspose2d(4, 2, 3), nn.Flatten());
        Tensor input = Values(6, 3, 9, 9);
        Tensor gradient = Values(6, 98);
        net.call(input).backward([gradient]);
        Tensor[] expected = [.. net.parameters().Select(p => p.grad!.clone())];
        using var parameters = new FlatParameters(net);
        using (parameters.Gather())
        {
            net.call(input).backward([gradient]);
            net.call(input).backward([gradient]);
        }

        Assert.All(parameters.Ranges.Zip(expected), e => Assert.True(e.First.View(parameters.Gradients).allclose(e.Second.mul(2), rtol: 1e-4, atol: 1e-4), e.First.Name));

        ((Conv2d)net.children().First()).weight.requires_grad = false;
        parameters.ClearGradients();
        using (parameters.Gather())
        {
            net.call(input).backward([gradient]);
        }

        Assert.Equal(0, parameters.Ranges[0].View(parameters.Gradients).abs().max().item<float>());
        Assert.NotEqual(0, parameters.Ranges[1].View(parameters.Gradients).abs().max().item<float>());
    }

    /// <summary>A portable run must not depend on libtorch because a batch is large.</summary>
    [Fact]
    public void A_batch_with_too_many_values_is_computed_in_halves()
    {
        using DisposeScope scope = NewDisposeScope();
        using var down = new Conv2d(3, 5, 3, padding: 1);
        using var up = new ConvTranspose2d(3, 5, 2, stride: 2);
        using Linear first = new(126, 31), second = new(31, 9);
        Tensor images = Values(13, 3, 7, 6);
        foreach ((Func<Tensor, Tensor> function, nn.Module[] modules) in new (Func<Tensor, Tensor>, nn.Module[])[]
        {
            (down.call, [down]), (up.call, [up]), (x => LinearChain.Run(x.flatten(1), first, second), [first, second]), (x => first.call(x.flatten(1)), [first]),
        })
        {
            Tensor[] whole = Measured(function, modules);
            try
            {
                LargeBatch.MostValues = 900;
                Tensor[] halves = Measured(function, modules);
                Assert.Equal(Bytes(whole[0]), Bytes(halves[0]));
                Assert.Equal(Bytes(whole[1]), Bytes(halves[1]));
                Assert.All(whole.Zip(halves), pair => Assert.True(pair.First.allclose(pair.Second, rtol: 1e-4, atol: 1e-4)));
            }
            finally
            {
                LargeBatch.MostValues = int.MaxValue;
            }
        }

        Tensor[] Measured(Func<Tensor, Tensor> function, nn.Module[] modules)
        {
            Tensor x = images.detach().requires_grad_();
            Tensor y = function(x);
            return [y.detach(), .. autograd.grad([y.square().sum()], [x, .. modules.SelectMany(m => m.parameters())])];
        }
    }

    /// <summary>Errors against float64, of all outputs and gradients together.</summary>
    [Theory]
    [InlineData(32, 24, 3, 1)]
    [InlineData(64, 32, 3, 2)]
    [InlineData(200, 16, 1, 1)]
    public void Convolutions_are_as_exact_as_torchs(int inputs, int outputs, int kernel, int stride)
    {
        using DisposeScope scope = NewDisposeScope();
        using var layer = new Conv2d(inputs, outputs, kernel, stride, kernel / 2);
        AssertAsExact(layer, layer.OfTorch, Values(8, inputs, 20, 20));
        using var transposed = new ConvTranspose2d(inputs, outputs, kernel, stride, kernel / 2);
        AssertAsExact(transposed, transposed.OfTorch, Values(8, inputs, 20, 20));
    }

    private static void AssertAsExact(TorchSharp.Modules.Convolution layer, Func<Tensor, Tensor, Tensor?, Tensor> ofTorch, Tensor x)
    {
        Tensor g = Values(layer.call(x).shape);
        Tensor[] exact = Results(t => t.to(ScalarType.Float64), ofTorch);
        Tensor[] ours = Results(t => t, (input, _, _) => layer.call(input));
        Tensor[] theirs = Results(t => t, ofTorch);
        for (int i = 0; i < exact.Length; i++)
        {
            double error = ours[i].sub(exact[i]).square().mean().item<double>();
            double expected = theirs[i].sub(exact[i]).square().mean().item<double>();
            Assert.True(Math.Sqrt(error) <= 2 * Math.Sqrt(expected), $"result {i}: {Math.Sqrt(error):G3}, torch {Math.Sqrt(expected):G3}");
        }

        Tensor[] Results(Func<Tensor, Tensor> type, Func<Tensor, Tensor, Tensor?, Tensor> function)
        {
            bool isOwn = ReferenceEquals(type(x), x);
            Tensor input = type(x).detach().requires_grad_();
            Tensor weight = isOwn ? layer.weight : type(layer.weight).detach().requires_grad_();
            Tensor bias = isOwn ? layer.bias! : type(layer.bias!).detach().requires_grad_();
            Tensor y = function(input, weight, bias);
            return [.. autograd.grad([y], [input, weight, bias], [type(g)]).Prepend(y.detach()).Select(t => t.to(ScalarType.Float64))];
        }
    }

    /// <summary>The values of a version of Regimen are the same on every machine: they are part of a run's definition.</summary>
    [Fact]
    public void Initial_values_are_those_of_the_first_version()
    {
        TorchRandom.SeedInitialization(3);
        using var layer = new Conv2d(3, 2, 2);
        float[] values = [.. TensorMemory.Span<float>(layer.weight.detach())[..3]];
        Assert.Equal("3e82a8f6 be6ff0c3 3e441a50", string.Join(' ', values.Select(v => $"{BitConverter.SingleToUInt32Bits(v):x8}")));

        TorchRandom.SeedInitialization(3);
        using var transposed = new ConvTranspose2d(2, 3, 2);
        float[] others = [.. TensorMemory.Span<float>(transposed.weight.detach())[..3]];
        Assert.Equal("bc73fc00 3d373a00 3e8e11b6", string.Join(' ', others.Select(v => $"{BitConverter.SingleToUInt32Bits(v):x8}")));
        float[] all = [.. TensorMemory.Span<float>(transposed.weight.detach()), .. TensorMemory.Span<float>(transposed.bias!.detach())];
        Assert.InRange(all.Max(MathF.Abs), 0.22, 1 / Math.Sqrt(12));
    }

    [Fact]
    public void Wrong_inputs_are_refused_and_other_types_computed_by_torch()
    {
        using DisposeScope scope = NewDisposeScope();
        using var layer = new Conv2d(3, 5, 3);
        Assert.Throws<ArgumentException>(() => layer.call(Values(2, 4, 9, 9)));
        Assert.Throws<ExternalException>(() => layer.call(Values(2, 3, 2, 9)));
        using var norm = new BatchNorm2d(3);
        Assert.Throws<ArgumentException>(() => norm.call(Values(2, 3)));
        using var transposed = new ConvTranspose2d(3, 5, 3, padding: 2);
        Assert.Throws<ArgumentException>(() => transposed.call(Values(2, 4, 9, 9)));
        Assert.Contains("0×7", Assert.Throws<ArgumentException>(() => transposed.call(Values(2, 3, 2, 9))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConvTranspose2d(3, 5, 3, stride: 2, outputPadding: 2));
        layer.to(ScalarType.Float64);
        transposed.to(ScalarType.Float64);
        Assert.Equal(ScalarType.Float64, layer.call(Values(2, 3, 9, 9).to(ScalarType.Float64)).dtype);
        Assert.Equal(ScalarType.Float64, transposed.call(Values(2, 3, 9, 9).to(ScalarType.Float64)).dtype);
    }

    [Fact]
    public void A_value_changed_between_forward_and_backward_is_an_error()
    {
        using DisposeScope scope = NewDisposeScope();
        using var layer = new Conv2d(3, 5, 3);
        Tensor doubled = MemoryLayout.ChannelsLast(Values(2, 3, 9, 9)).requires_grad_().mul(2);
        Tensor y = layer.call(doubled);
        doubled.zero_().Dispose();
        Assert.Contains("inplace", Assert.Throws<ExternalException>(() => y.sum().backward()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var net = nn.Sequential(new Conv2d(3, 5, 3), new BatchNorm2d(5), new ConvTranspose2d(5, 2, 2, stride: 2));
        using Conv2d first = new(4, 5, 3), second = new(3, 4, 3);
        using var norm = new BatchNorm2d(3);
        ModuleHooks hooks = new(first), otherHooks = new(second), normHooks = new(norm);
        Tensors.AssertNoneLeaked(Pass);

        void Pass()
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = ones(2, 3, 12, 12).requires_grad_();
            AveragePool.Whole(ElementOperation<TanhFunction>.Run(net.call(x))).sum().backward();
            first.CallPoolAndRectify(hooks, second.CallAndRectify(otherHooks, x), 2).sum().backward();
            RectifiedSum.Run(norm.CallAndRectify(normHooks, x), x).sum().backward();
            using IDisposable noGrad = no_grad();
            _ = first.CallPoolAndRectify(hooks, second.CallAndRectify(otherHooks, x), 2);
        }
    }

    /// <summary>Compares output, gradients and gradients of gradients with torch's, and the bits for several numbers of threads and layouts.</summary>
    private static void Check(nn.Module module, Tensor input, Func<Tensor, Tensor> ours, Func<Tensor, Tensor> theirs)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor gradient = Values(theirs(input).shape);
        Tensor[] expected = Measured(theirs, input);
        Tensor[] one = Measured(ours, input);
        Assert.All(expected.Zip(one), pair => Assert.True(
            pair.Second.allclose(pair.First, rtol: 1e-3, atol: 1e-4 * Math.Max(1, pair.First.abs().max().item<float>())), $"{pair.First.sub(pair.Second).abs().max().item<float>()}"));
        string bits = string.Concat(one.Select(Bytes));
        foreach (int threads in (int[])[2, 3, 4])
        {
            Threads.Use(threads, SharedBy.Layers);
            Tensor moved = threads == 2 && input.dim() == 4 ? MemoryLayout.ChannelsLast(input) : input;
            Assert.True(bits == string.Concat(Measured(ours, moved).Select(Bytes)), $"{threads} threads");
        }

        Threads.Use(1);
        Tensor second = SecondOrder(theirs);
        Assert.True(SecondOrder(ours).allclose(second, rtol: 1e-3, atol: 1e-3 * Math.Max(1, second.abs().max().item<float>())));

        Tensor[] Measured(Func<Tensor, Tensor> function, Tensor at)
        {
            Tensor x = at.detach().requires_grad_();
            Tensor y = function(x);
            return [y.detach(), .. autograd.grad([y], [x, .. module.parameters()], [gradient])];
        }

        Tensor SecondOrder(Func<Tensor, Tensor> function)
        {
            Tensor x = input.detach().clone().requires_grad_();
            Tensor first = autograd.grad([function(x).pow(2).sum()], [x], retain_graph: true, create_graph: true)[0];
            return autograd.grad([first.pow(2).sum()], [x])[0];
        }
    }

    private static Tensor Values(params long[] shape) => randn(shape);

    private static string Bytes(Tensor tensor)
        => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(MemoryMarshal.AsBytes(TensorMemory.Span<float>(tensor.contiguous()))));
}
