using Regimen.Data;
using Regimen.Engine;
using Regimen.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

public sealed class MlpTests
{
    [Fact]
    public void Parameters_have_the_names_and_shapes_of_PyTorch()
    {
        using var model = new Mlp(new MlpOptions(), new SampleShape(1, 28, 28), 10);
        Assert.Equal(
            [("fc1.weight", "128,784"), ("fc1.bias", "128"), ("fc2.weight", "10,128"), ("fc2.bias", "10")],
            model.named_parameters().Select(p => (p.name, string.Join(',', p.parameter.shape))));
        Assert.Equal(101_770, model.parameters().Sum(p => p.numel()));
    }

    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 4 })]
    [InlineData(new[] { 3, 5, 2 })]
    public void Samples_of_any_shape_are_accepted(int[] shape)
    {
        var sample = new SampleShape(shape);
        using var model = new Mlp(new MlpOptions { Hidden = [7] }, sample, 3);
        using Tensor input = ones(sample.Batch(2));
        using Tensor logits = model.call(input);
        Assert.Equal([2, 3], logits.shape);
    }

    [Fact]
    public void Output_equals_the_formula()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Mlp(new MlpOptions { Hidden = [5] }, new SampleShape(2, 2), 3);
        using Tensor input = randn(4, 2, 2);
        using IDisposable quiet = no_grad();
        Dictionary<string, Tensor> weights = model.state_dict();
        using Tensor hidden = input.reshape(4, 4).matmul(weights["fc1.weight"].t()).add(weights["fc1.bias"]).clamp_min(0);
        using Tensor expected = hidden.matmul(weights["fc2.weight"].t()).add(weights["fc2.bias"]);
        using Tensor received = model.call(input);
        Assert.True(allclose(expected, received, rtol: 1e-5, atol: 1e-6));
    }

    [Fact]
    public void Gradients_of_all_parameters_equal_the_formula()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Mlp(new MlpOptions { Hidden = [5] }, new SampleShape(4), 3);
        using Tensor input = randn(6, 4);
        using Tensor target = arange(6, ScalarType.Int64).remainder(3);
        nn.functional.cross_entropy(model.call(input), target).backward();

        Dictionary<string, Tensor> copies = model.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().clone().requires_grad_());
        using Tensor hidden = nn.functional.relu(input.matmul(copies["fc1.weight"].t()).add(copies["fc1.bias"]));
        nn.functional.cross_entropy(hidden.matmul(copies["fc2.weight"].t()).add(copies["fc2.bias"]), target).backward();
        Assert.All(model.named_parameters(), p => Assert.True(allclose(copies[p.name].grad!, p.parameter.grad!, rtol: 1e-4, atol: 1e-6), p.name));
    }

    [Fact]
    public void Layers_and_norms_are_numbered_and_an_empty_list_is_a_linear_model()
    {
        using var deep = new Mlp(new MlpOptions { Hidden = [7, 3], Norm = Norm.Batch, Dropout = 0.5 }, new SampleShape(4), 2);
        Assert.Equal(
            ["fc1.weight 7,4", "fc1.bias 7", "norm1.weight 7", "norm1.bias 7", "fc2.weight 3,7", "fc2.bias 3", "norm2.weight 3", "norm2.bias 3", "fc3.weight 2,3", "fc3.bias 2"],
            deep.named_parameters().Select(p => $"{p.name} {string.Join(',', p.parameter.shape)}"));
        using var linear = new Mlp(new MlpOptions { Hidden = [] }, new SampleShape(4), 2);
        Assert.Equal(["fc1.weight 2,4", "fc1.bias 2"], linear.named_parameters().Select(p => $"{p.name} {string.Join(',', p.parameter.shape)}"));
    }

    [Fact]
    public void Dropout_is_active_in_training_mode_only()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Mlp(new MlpOptions { Hidden = [50], Dropout = 0.5 }, new SampleShape(4), 3);
        using Tensor input = randn(5, 4);
        using IDisposable quiet = no_grad();
        model.train();
        Assert.False(allclose(model.call(input), model.call(input)));
        model.eval();
        Assert.True(allclose(model.call(input), model.call(input)));
    }

    /// <summary>PyTorch initialises linear and convolutional layers with kaiming-uniform(a = √5): weights, and biases as well, are
    /// uniform in ±1/√fan_in.</summary>
    [Fact]
    public void Layers_are_initialised_as_in_PyTorch()
    {
        using DisposeScope scope = NewDisposeScope();
        TorchRandom.SeedInitialization(1);
        using var model = new Mlp(new MlpOptions(), new SampleShape(784), 10);
        foreach ((string name, double bound) in (IEnumerable<(string, double)>)[("fc1", 1 / Math.Sqrt(784)), ("fc2", 1 / Math.Sqrt(128))])
        {
            Start.IsUniform(model.get_parameter($"{name}.weight")!, bound);
            Start.IsUniform(model.get_parameter($"{name}.bias")!, bound);
        }
    }
}
