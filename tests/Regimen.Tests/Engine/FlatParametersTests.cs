using Regimen.Engine;
using Regimen.Tests.TestKit;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Tests.Engine;

public sealed class FlatParametersTests
{
    [Fact]
    public void Parameters_keep_their_values_and_become_views_of_one_buffer()
    {
        using TinyNet model = TinyNet.Seeded();
        float[] before = WeightValues.Of(model);
        using var flat = new FlatParameters(model);
        Assert.Equal(before, WeightValues.Of(model));
        Assert.Equal((4 * 8) + 8 + (8 * 3) + 3, flat.Count);
        Assert.Equal(["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"], flat.Ranges.Select(r => r.Name).ToArray());
        using (no_grad())
        {
            flat.Values.fill_(5);
        }

        Assert.All(WeightValues.Of(model), v => Assert.Equal(5f, v));
    }

    [Fact]
    public void A_backward_pass_adds_to_the_flat_gradients()
    {
        using TinyNet model = TinyNet.Seeded();
        using var flat = new FlatParameters(model);
        Backward(model);
        float[] once = TensorMemory.Span<float>(flat.Gradients).ToArray();
        Assert.Contains(once, g => g != 0);
        Backward(model);
        Assert.Equal(once.Select(g => g + g), TensorMemory.Span<float>(flat.Gradients).ToArray());
        flat.ClearGradients();
        Assert.All(TensorMemory.Span<float>(flat.Gradients).ToArray(), g => Assert.Equal(0, g));
        Backward(model);
        Assert.Equal(once, TensorMemory.Span<float>(flat.Gradients).ToArray());
    }

    [Fact]
    public void Frozen_parameters_stay_where_they_are()
    {
        using TinyNet model = TinyNet.Seeded();
        foreach (Parameter parameter in model.parameters().Take(2))
        {
            parameter.requires_grad = false;
        }

        using var flat = new FlatParameters(model);
        Assert.Equal(["fc2.weight", "fc2.bias"], flat.Ranges.Select(r => r.Name).ToArray());
    }

    [Fact]
    public void A_shared_parameter_is_held_once()
    {
        using var model = new Tied();
        using var flat = new FlatParameters(model);
        Assert.Equal(16, flat.Count);
        using (no_grad())
        {
            flat.Values.fill_(2);
        }

        using Tensor output = model.call(ones(1, 4));
        Assert.Equal(64f, output[0, 0].item<float>());
    }

    [Fact]
    public void A_model_without_parameters_is_refused()
    {
        using var model = nn.ReLU();
        Assert.Throws<RequestException>(() => new FlatParameters(model));
    }

    [Fact]
    public void Different_element_types_are_refused()
    {
        using var model = nn.Sequential(("a", nn.Linear(2, 2)), ("b", nn.Linear(2, 2, dtype: float64)));
        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => new FlatParameters(model)).Problems);
        Assert.Contains("b.weight", problem.Where, StringComparison.Ordinal);
        Assert.Contains("Float64", problem.Received, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_leaves_a_working_model_and_no_native_memory()
    {
        using TinyNet model = TinyNet.Seeded();
        long before = Tensors.SettledCount();
        for (int i = 0; i < 3; i++)
        {
            using (var flat = new FlatParameters(model))
            {
                Backward(model);
            }

            using DisposeScope scope = NewDisposeScope();
            Assert.Equal(3, model.call(ones(1, 4)).numel());
        }

        Tensors.AssertNoneLeaked(before);
    }

    private static void Backward(TinyNet model)
    {
        using DisposeScope scope = NewDisposeScope();
        model.call(ones(2, 4)).square().sum().backward();
    }

    private sealed class Tied : nn.Module<Tensor, Tensor>
    {
        private readonly Linear first = nn.Linear(4, 4, hasBias: false);
        private readonly Linear second = nn.Linear(4, 4, hasBias: false);

        public Tied()
            : base(nameof(Tied))
        {
            second.weight = first.weight;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => second.call(first.call(input));
    }
}
