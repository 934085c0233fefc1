using Regimen.Data;
using Regimen.Engine;
using Regimen.Layers;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Layers;

/// <summary>Tests that the fused layers match torch.nn.Linear and relu up to rounding, forward and backward.</summary>
public sealed class LinearChainTests : IDisposable
{
    /// <summary>The same weights and inputs in every run: in float32 a value near 0 may pass the ReLU in one implementation and not in the other.</summary>
    public LinearChainTests() => TorchRandom.SeedInitialization(1);

    /// <summary>A part has at least 250,000 multiply-adds: the widths of the second and third case give several parts.</summary>
    public static TheoryData<int, long[]> Nets { get; } = new()
    {
        { 1, [5, 3] },
        { 1, [7, 33, 4, 9] },
        { 2, [100, 128, 10] },
        { 2, [130, 100, 111, 96, 7] },
        { 3, [200, 150, 170, 3] },
        { 4, [64, 300] },
    };

    public void Dispose() => Threads.Use(1);

    [Fact]
    public void The_hook_lists_of_TorchSharp_are_found()
    {
        using var layer = new Linear(2, 2);
        Assert.True(layer.Hooks.AreKnown);
        Assert.True(Sgemm.IsAvailable || !OperatingSystem.IsLinux());
    }

    [Fact]
    public void A_layer_is_initialised_as_in_torch()
    {
        TorchRandom.SeedInitialization(3);
        using var own = new Linear(7, 5);
        TorchRandom.SeedInitialization(3);
        using TorchSharp.Modules.Linear torch = nn.Linear(7, 5);
        Assert.Equal(Values(torch.weight!), Values(own.Weight));
        Assert.Equal(Values(torch.bias!), Values(own.Bias!));
        Assert.Equal(["weight", "bias"], own.state_dict().Keys);
        Assert.Equal(["weight"], new Linear(2, 2, hasBias: false).state_dict().Keys);
    }

    [Theory]
    [MemberData(nameof(Nets))]
    public void Outputs_and_gradients_match_single_layers(int threads, long[] widths)
    {
        using DisposeScope scope = NewDisposeScope();
        Threads.Use(threads, SharedBy.Layers);
        TorchRandom.SeedInitialization(1);
        Linear[] layers = [.. widths.Skip(1).Select((width, i) => new Linear(widths[i], width, hasBias: i != 1))];
        Tensor input = randn(64, widths[0]).requires_grad_();
        Tensor gradient = randn(64, widths[^1]);

        (Tensor expected, Tensor[] expectedGradients) = Measured(layers, input, gradient, Reference);
        (Tensor given, Tensor[] gradients) = Measured(layers, input, gradient, LinearChain.Run);
        AssertClose(expected, given);
        Assert.Equal(expectedGradients.Length, gradients.Length);
        Assert.All(expectedGradients.Zip(gradients), pair => AssertClose(pair.First, pair.Second));
        using (no_grad())
        {
            AssertClose(given, LinearChain.Run(input, layers));
        }
    }

    /// <summary>While a trainer gathers, gradients are added to its buffer, to the values already there.</summary>
    [Theory]
    [MemberData(nameof(Nets))]
    public void Gradients_in_a_trainers_buffer_match_single_layers(int threads, long[] widths)
    {
        using DisposeScope scope = NewDisposeScope();
        Threads.Use(threads, SharedBy.Layers);
        TorchRandom.SeedInitialization(2);
        using var net = new Perceptron(widths);
        Linear[] layers = [.. net.children().Cast<Linear>()];
        layers[0].Bias!.requires_grad_(false);
        using var parameters = new FlatParameters(net);
        Tensor input = randn(64, widths[0]);
        Tensor gradient = randn(64, widths[^1]);

        Reference(input, layers).backward([gradient]);
        Tensor expected = parameters.Gradients.clone();
        parameters.Gradients.fill_(0.5f);
        using (parameters.Gather())
        {
            net.call(input).backward([gradient]);
        }

        AssertClose(expected, (parameters.Gradients - 0.5f) * (expected != 0));
        Assert.Null(layers[0].Bias!.grad);
        Assert.Null(FlatParameters.Gathering);
    }

    /// <summary>Also if it was frozen after the buffers were created.</summary>
    [Fact]
    public void A_frozen_parameter_gets_no_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        using var net = new Perceptron(6, 5, 4);
        using var parameters = new FlatParameters(net);
        Linear[] layers = [.. net.children().Cast<Linear>()];
        layers.ToList().ForEach(l => l.Weight.requires_grad_(false));
        using (parameters.Gather())
        {
            net.call(randn(3, 6)).sum().backward();
        }

        Assert.All(layers, l => Assert.All(Values(l.Weight.grad!), v => Assert.Equal(0, v)));
        Assert.All(layers, l => Assert.Contains(Values(l.Bias!.grad!), v => v != 0));
    }

    /// <summary>An objective may compute other gradients for its loss: only the gradients of the loss are in the trainer's buffer.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Other_gradients_of_an_objective_are_not_added_to_the_buffer(bool ofGradients)
    {
        using DisposeScope scope = NewDisposeScope();
        using var net = new Perceptron(6, 5, 4);
        Linear[] layers = [.. net.children().Cast<Linear>()];
        using var parameters = new FlatParameters(net);
        var batch = new Batch([new(Field.Input, randn(3, 6)), new(Field.Target, zeros(3))], 3);
        Slope.Loss(x => Reference(x, layers), batch.Input, ofGradients).backward();
        Tensor expected = parameters.Gradients.clone();
        parameters.ClearGradients();
        new Slope(ofGradients).Backward(net, batch);
        AssertClose(expected, parameters.Gradients);
        Assert.Contains(Values(expected), v => v != 0);
    }

    [Fact]
    public void A_layer_used_several_times_gets_the_sum_of_its_gradients()
    {
        using DisposeScope scope = NewDisposeScope();
        Threads.Use(2, SharedBy.Layers);
        using var net = new Perceptron(100, 100);
        var layer = (Linear)net.children().Single();
        using var parameters = new FlatParameters(net);
        Tensor input = randn(64, 100);
        Reference(input, [layer, layer, layer]).sum().backward();
        Tensor expected = parameters.Gradients.clone();
        parameters.ClearGradients();
        using (parameters.Gather())
        {
            LinearChain.Run(input, layer, layer, layer).sum().backward();
        }

        AssertClose(expected, parameters.Gradients);
    }

    [Fact]
    public void Inputs_of_any_rank_and_layout_are_accepted()
    {
        using DisposeScope scope = NewDisposeScope();
        using var layer = new Linear(6, 4);
        Tensor[] inputs = [randn(6), randn(3, 6), randn(2, 3, 6), randn(6, 3).t(), randn(4, 2, 12)[.., .., ..6], zeros(0, 6), randn(2, 6).expand(5, 2, 6)];
        foreach (Tensor input in inputs)
        {
            AssertClose(nn.functional.linear(input, layer.Weight, layer.Bias), layer.call(input));
            Tensor reference = input.detach().clone().requires_grad_();
            nn.functional.linear(reference, layer.Weight, layer.Bias).square().sum().backward();
            Tensor own = input.detach().clone().requires_grad_();
            layer.call(own).square().sum().backward();
            AssertClose(reference.grad!, own.grad!);
        }
    }

    [Fact]
    public void Inputs_of_the_wrong_width_fail_with_the_error_of_libtorch()
    {
        using DisposeScope scope = NewDisposeScope();
        using var first = new Linear(6, 4);
        using var second = new Linear(5, 2);
        Assert.Contains("shapes", Assert.ThrowsAny<Exception>(() => first.call(randn(2, 7))).Message, StringComparison.Ordinal);
        Assert.Contains("shapes", Assert.ThrowsAny<Exception>(() => LinearChain.Run(randn(2, 6), first, second)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Linear(0, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Perceptron(3));
    }

    [Fact]
    public void NaN_stays_NaN()
    {
        using DisposeScope scope = NewDisposeScope();
        using var net = new Perceptron(3, 17, 2);
        Tensor input = tensor([1f, float.NaN, 2f]).reshape(1, 3);
        Assert.All(Values(net.call(input)), v => Assert.True(float.IsNaN(v)));
    }

    [Fact]
    public void Hooks_of_a_layer_are_called()
    {
        using DisposeScope scope = NewDisposeScope();
        using var net = new Perceptron(4, 8, 2);
        Tensor input = randn(3, 4);
        Tensor quiet = net.call(input);
        var heard = new List<long[]>();
        var hook = net.children().Cast<Linear>().First().register_forward_hook((_, _, output) =>
        {
            heard.Add(output.shape);
            return output;
        });
        AssertClose(quiet, net.call(input));
        hook.remove();
        net.call(input);
        Assert.Equal([[3, 8]], heard);
    }

    [Fact]
    public void Second_order_gradients_match()
    {
        using DisposeScope scope = NewDisposeScope();
        Linear[] layers = [new(4, 6), new(6, 6, hasBias: false), new(6, 1)];
        Tensor input = randn(5, 4).requires_grad_();
        Tensor Penalty(Func<Tensor, Linear[], Tensor> run)
        {
            Tensor slope = autograd.grad([run(input, layers).square().sum()], [input], retain_graph: true, create_graph: true)[0];
            return slope.square().sum();
        }

        Parameters(layers).ForEach(p => p.grad = null);
        Penalty(Reference).backward();
        Tensor[] expected = [.. Parameters(layers).Select(p => (p.grad ?? zeros_like(p)).clone())];
        Parameters(layers).ForEach(p => p.grad = null);
        Penalty(LinearChain.Run).backward();
        Assert.All(expected.Zip(Parameters(layers)), pair => AssertClose(pair.First, pair.Second.grad ?? zeros_like(pair.Second)));
    }

    [Fact]
    public void Mixed_precision_uses_the_linear_of_torch()
    {
        Assert.SkipUnless(Autocast.IsAvailable, "Mixed precision is available on Linux only.");
        using DisposeScope scope = NewDisposeScope();
        using var layer = new Linear(4, 4);
        using (Autocast.Begin())
        {
            Assert.Equal(bfloat16, layer.call(randn(2, 4)).dtype);
        }

        Assert.Equal(float32, layer.call(randn(2, 4)).dtype);
        layer.to(float64);
        Assert.Equal(float64, layer.call(randn(2, 4, dtype: float64)).dtype);
    }

    /// <summary>The parts are the same whether the other threads are free or busy, so the bits are too.</summary>
    [Fact]
    public void The_bits_depend_only_on_the_number_of_threads()
    {
        Threads.Use(3, SharedBy.Layers);
        using var net = new Perceptron(100, 130, 20);
        using var parameters = new FlatParameters(net);
        using Tensor input = randn(64, 100);
        float[] first = Gradients();
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(first, Gradients());
        }

        float[]? busy = null;
        Threads.Share(2, part =>
        {
            if (part == 1)
            {
                busy = Gradients();
            }
        });
        Assert.Equal(first, busy);

        float[] Gradients()
        {
            using DisposeScope scope = NewDisposeScope();
            parameters.ClearGradients();
            using (parameters.Gather())
            {
                net.call(input).square().sum().backward();
            }

            return [.. TensorMemory.Span<float>(parameters.Gradients)];
        }
    }

    [Fact]
    public void A_step_leaks_no_tensor()
    {
        Threads.Use(2, SharedBy.Layers);
        using var net = new Perceptron(100, 130, 20);
        using var parameters = new FlatParameters(net);
        using Tensor input = randn(64, 100);
        Step();
        long before = Tensors.SettledCount();
        for (int i = 0; i < 100; i++)
        {
            Step();
        }

        Tensors.AssertNoneLeaked(before);

        void Step()
        {
            using DisposeScope scope = NewDisposeScope();
            using FlatParameters.GatheredGradients gathered = parameters.Gather();
            net.call(input).sum().backward();
        }
    }

    /// <summary>As in nn.Linear: the input's gradient needs the weight, so a weight changed since the forward pass is an error.</summary>
    [Theory]
    [InlineData(new long[] { 5, 3 }, 0, true)]
    [InlineData(new long[] { 5, 7, 3 }, 1, false)]
    [InlineData(new long[] { 5, 7, 3 }, 0, true)]
    public void A_weight_that_changed_between_forward_and_backward_is_refused(long[] widths, int changed, bool inputWantsGradient)
    {
        using DisposeScope scope = NewDisposeScope();
        Linear[] layers = Layers(widths);
        Tensor input = randn(4, 5).requires_grad_(inputWantsGradient);
        foreach (Func<Tensor, Linear[], Tensor> run in new Func<Tensor, Linear[], Tensor>[] { Reference, LinearChain.Run })
        {
            Tensor output = run(input, layers);
            using (no_grad())
            {
                layers[changed].Weight.add_(1);
            }

            Exception error = Assert.ThrowsAny<Exception>(() => output.sum().backward());
            Assert.Contains("modified by an inplace operation", error.Message, StringComparison.Ordinal);
        }

        // A later pass is not affected by the error.
        LinearChain.Run(input, layers).sum().backward();
    }

    /// <summary>As in nn.Linear: the gradients of the first layer's parameters need its input, not its weight, and none needs a bias.</summary>
    [Fact]
    public void A_value_that_no_gradient_needs_may_be_changed()
    {
        using DisposeScope scope = NewDisposeScope();
        Linear[] layers = Layers(5, 7, 3);
        Tensor input = randn(4, 5);
        (_, Tensor[] expected) = MeasuredWithChange(Reference);
        (_, Tensor[] given) = MeasuredWithChange(LinearChain.Run);
        Assert.All(expected.Zip(given), pair => AssertClose(pair.First, pair.Second));

        (Tensor, Tensor[]) MeasuredWithChange(Func<Tensor, Linear[], Tensor> run)
        {
            Parameters(layers).ForEach(p => p.grad = null);
            Tensor output = run(input, layers).sum();
            using (no_grad())
            {
                Tensor[] old = [layers[0].Weight.clone(), layers[0].Bias!.clone(), layers[1].Bias!.clone()];
                layers[0].Weight.add_(1);
                layers[0].Bias!.add_(1);
                layers[1].Bias!.add_(1);
                output.backward();
                layers[0].Weight.copy_(old[0]);
                layers[0].Bias!.copy_(old[1]);
                layers[1].Bias!.copy_(old[2]);
            }

            return (output.detach(), [.. Parameters(layers).Select(p => p.grad!.clone())]);
        }
    }

    /// <summary>A changed input is an error too, and does not end the process.</summary>
    [Fact]
    public void An_input_that_changed_between_forward_and_backward_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        Linear[] layers = Layers(5, 7, 3);
        Tensor input = randn(4, 5);
        Tensor output = LinearChain.Run(input, layers);
        input.add_(1);
        Exception error = Assert.ThrowsAny<Exception>(() => output.sum().backward());
        Assert.Contains("modified by an inplace operation", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Second-order gradients compute the hidden values again, which would differ with changed parameters.</summary>
    [Fact]
    public void Second_order_gradients_refuse_any_changed_parameter()
    {
        using DisposeScope scope = NewDisposeScope();
        Linear[] layers = Layers(5, 7, 3);
        Tensor output = LinearChain.Run(randn(4, 5), layers).sum();
        using (no_grad())
        {
            layers[0].Bias!.add_(1);
        }

        Exception error = Assert.ThrowsAny<Exception>(() => output.backward(create_graph: true));
        Assert.Contains("modified by an inplace operation", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_kept_by_a_hook_is_not_overwritten()
    {
        using DisposeScope scope = NewDisposeScope();
        using var net = new Perceptron(4, 9, 2);
        Tensor? kept = null;
        var first = (Linear)net.children().First();
        first.register_forward_hook((_, _, output) => kept = output);
        Tensor input = randn(5, 4);
        net.call(input);
        Tensor expected = nn.functional.linear(input, first.Weight, first.Bias);
        Assert.Contains(Values(expected.detach()), v => v < 0);
        AssertClose(expected, kept!);
    }

    /// <summary>For example a projection layer of an objective, which is not in a trainer's buffers.</summary>
    [Fact]
    public void A_layer_outside_the_trained_model_gets_its_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        using var net = new Perceptron(6, 5, 4);
        using var parameters = new FlatParameters(net);
        using var head = new Linear(4, 3);
        Linear[] all = [.. net.children().Cast<Linear>(), head];
        Tensor input = randn(7, 6);
        Reference(input, all).square().sum().backward();
        Tensor expectedInBuffers = parameters.Gradients.clone();
        Tensor[] expected = [head.Weight.grad!.clone(), head.Bias!.grad!.clone()];
        parameters.ClearGradients();
        head.zero_grad();
        using (parameters.Gather())
        {
            LinearChain.Run(input, all).square().sum().backward();
        }

        AssertClose(expectedInBuffers, parameters.Gradients);
        AssertClose(expected[0], head.Weight.grad!);
        AssertClose(expected[1], head.Bias!.grad!);
    }

    [Fact]
    public void A_weight_unfrozen_after_the_buffers_were_created_gets_its_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        using var net = new Perceptron(6, 5, 4);
        Linear[] layers = [.. net.children().Cast<Linear>()];
        layers[0].Weight.requires_grad_(false);
        using var parameters = new FlatParameters(net);
        layers[0].Weight.requires_grad_();
        Tensor input = randn(7, 6);
        Reference(input, layers).square().sum().backward();
        Tensor expected = layers[0].Weight.grad!.clone();
        layers[0].Weight.grad = null;
        using (parameters.Gather())
        {
            net.call(input).square().sum().backward();
        }

        AssertClose(expected, layers[0].Weight.grad!);
    }

    /// <summary>As in autograd: a parameter that did not require a gradient in the forward pass gets none.</summary>
    [Fact]
    public void A_weight_that_is_unfrozen_between_forward_and_backward_gets_no_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        using var net = new Perceptron(6, 5);
        var layer = (Linear)net.children().Single();
        using var parameters = new FlatParameters(net);
        layer.Weight.requires_grad_(false);
        Tensor output = net.call(randn(3, 6)).sum();
        layer.Weight.requires_grad_();
        using (parameters.Gather())
        {
            output.backward();
        }

        Assert.All(Values(layer.Weight.grad!), v => Assert.Equal(0, v));
    }

    [Fact]
    public void A_weight_that_is_not_contiguous_uses_the_linear_of_torch()
    {
        using DisposeScope scope = NewDisposeScope();
        Linear[] layers = Layers(5, 7, 3);
        using (no_grad())
        {
            layers[0].Weight.set_(randn(5, 7).t());
            layers[1].Bias!.set_(randn(6)[TensorIndex.Slice(0, 6, 2)]);
        }

        Assert.False(layers[0].Weight.is_contiguous());
        Assert.False(layers[1].Bias!.is_contiguous());
        Tensor input = randn(4, 5).requires_grad_();
        Tensor gradient = randn(4, 3);
        (Tensor expected, Tensor[] expectedGradients) = Measured(layers, input, gradient, Reference);
        (Tensor given, Tensor[] gradients) = Measured(layers, input, gradient, LinearChain.Run);
        AssertClose(expected, given);
        Assert.All(expectedGradients.Zip(gradients), pair => AssertClose(pair.First, pair.Second));
    }

    /// <summary>A kernel would read past the end of a smaller weight.</summary>
    [Fact]
    public void A_weight_of_another_shape_uses_the_linear_of_torch()
    {
        using DisposeScope scope = NewDisposeScope();
        using var layer = new Linear(5, 3, hasBias: false);
        using (no_grad())
        {
            layer.Weight.set_(randn(2, 5));
        }

        Assert.Equal([4, 2], layer.call(randn(4, 5)).shape);
    }

    /// <summary>Without a dispose scope, the garbage collector may free every unreferenced tensor while the threads still use its memory. The
    /// blocks are large enough to be unmapped when freed, so that a use of them ends the process.</summary>
    /// <remarks>A debug build keeps every local alive to the end of its method. To see the test fail, run the tests in Release with
    /// DOTNET_TieredCompilation=0 and without the KeepAlive calls in ChainProducts: they end with SIGSEGV.</remarks>
    [Fact]
    public void The_garbage_collector_frees_no_gradient_that_is_in_use()
    {
        Threads.Use(2, SharedBy.Layers);
        using var net = new Perceptron(301, 257, 1030);
        using Tensor input = randn(613, 301);
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            for (int i = 0; i < 20; i++)
            {
                net.zero_grad();

                // The gradient of a sum is one value in a view of stride 0: the layers get a copy of it that nothing else refers to.
                Tensor output = net.call(input);
                Tensor loss = output.sum();
                loss.backward();

                // TorchSharp's own calls need these two, also with nn.Linear.
                GC.KeepAlive(output);
                GC.KeepAlive(loss);
                foreach (Linear layer in net.children().Cast<Linear>())
                {
                    using Tensor gradient = layer.Weight.grad!;
                    using Tensor finite = gradient.isfinite();
                    using Tensor all = finite.all();
                    Assert.True(all.item<bool>());
                }

                // The gradient of the last bias is exactly the number of rows.
                using Tensor last = net.children().Cast<Linear>().Last().Bias!.grad!;
                Assert.All(Values(last), v => Assert.Equal(613, v));
            }
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }

    private static Linear[] Layers(params long[] widths) => [.. widths.Skip(1).Select((width, i) => new Linear(widths[i], width))];

    private static List<TorchSharp.Modules.Parameter> Parameters(Linear[] layers) => [.. layers.SelectMany(l => l.parameters())];

    private static Tensor Reference(Tensor input, Linear[] layers)
    {
        Tensor output = input;
        for (int i = 0; i < layers.Length; i++)
        {
            output = nn.functional.linear(i == 0 ? output : output.relu(), layers[i].Weight, layers[i].Bias);
        }

        return output;
    }

    private static (Tensor Output, Tensor[] Gradients) Measured(Linear[] layers, Tensor input, Tensor gradient, Func<Tensor, Linear[], Tensor> run)
    {
        List<TorchSharp.Modules.Parameter> parameters = Parameters(layers);
        parameters.ForEach(p => p.grad = null);
        input.grad = null;
        Tensor output = run(input, layers);
        output.backward([gradient]);
        return (output.detach(), [.. parameters.Select(p => p.grad!.clone()).Prepend(input.grad!.clone())]);
    }

    private static void AssertClose(Tensor expected, Tensor given)
    {
        Assert.Equal(expected.shape, given.shape);
        float difference = expected.numel() == 0 ? 0 : (expected - given).abs().max().ToSingle();
        float size = expected.numel() == 0 ? 0 : expected.abs().max().ToSingle();
        Assert.InRange(difference, 0, 2e-6f * Math.Max(1, size));
    }

    private static float[] Values(Tensor tensor) => [.. TensorMemory.Span<float>(tensor)];

    /// <summary>An objective of a model's output and its gradient by the input, with the gradient trained or used as a constant.</summary>
    private sealed record Slope(bool OfGradients) : Objective
    {
        public override PredictionTask Task => PredictionTask.Other;

        public override ObjectiveResult Compute(nn.Module model, Batch batch)
        {
            Tensor loss = Loss(x => Objectives.Forward(model, x), batch.Input, OfGradients);
            return new(loss, loss);
        }

        public static Tensor Loss(Func<Tensor, Tensor> model, Tensor input, bool ofGradients)
        {
            Tensor x = input.detach().clone().requires_grad_();
            Tensor slope = autograd.grad([model(x).square().sum()], [x], retain_graph: true, create_graph: ofGradients)[0];
            Tensor weight = ofGradients ? slope.square().sum() : slope.detach().square().sum();
            return model(x).square().mean() * weight;
        }
    }
}
