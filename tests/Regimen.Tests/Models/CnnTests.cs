using Regimen.Data;
using Regimen.Engine;
using Regimen.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

public sealed class CnnTests
{
    [Fact]
    public void Parameters_have_the_names_and_shapes_of_PyTorch()
    {
        using var model = new Cnn(new CnnOptions(), new SampleShape(1, 28, 28), 10);
        Assert.Equal(
            [
                ("conv1.weight", "32,1,3,3"), ("conv1.bias", "32"), ("conv2.weight", "64,32,3,3"), ("conv2.bias", "64"),
                ("fc1.weight", "128,9216"), ("fc1.bias", "128"), ("fc2.weight", "10,128"), ("fc2.bias", "10"),
            ],
            model.named_parameters().Select(p => (p.name, string.Join(',', p.parameter.shape))));
        Assert.Equal(1_199_882, model.parameters().Sum(p => p.numel()));
    }

    /// <summary>The in-place ReLU that follows must not overwrite an output kept by a hook.</summary>
    [Theory]
    [InlineData("conv1")]
    [InlineData("conv2")]
    [InlineData("fc1")]
    [InlineData("fc2")]
    public void A_layer_output_kept_by_a_hook_is_not_overwritten(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        TorchRandom.SeedInitialization(1);
        using var model = new Cnn(new CnnOptions(), new SampleShape(3, 9, 7), 5);
        model.eval();
        var layer = (nn.Module<Tensor, Tensor>)model.named_children().Single(c => c.name == name).module;
        Tensor? kept = null;
        Tensor? copy = null;
        Tensor input = randn(3, 3, 9, 7);
        Tensor quiet = model.call(input);
        layer.register_forward_hook((_, _, output) =>
        {
            (kept, copy) = (output, output.clone());
            return output;
        });
        Assert.True(model.call(input).equal(quiet).all().item<bool>());
        Assert.True(copy!.min().item<float>() < 0);
        Assert.True(kept!.equal(copy!).all().item<bool>());
    }

    [Theory]
    [InlineData(1, 6, 6)]
    [InlineData(3, 7, 6)]
    [InlineData(2, 9, 12)]
    [InlineData(3, 32, 32)]
    public void Images_of_any_supported_size_are_accepted(int channels, int height, int width)
    {
        var sample = new SampleShape(channels, height, width);
        using var model = new Cnn(new CnnOptions(), sample, 4);
        using Tensor input = ones(sample.Batch(2));
        using Tensor logits = model.call(input);
        Assert.Equal([2, 4], logits.shape);
    }

    [Theory]
    [InlineData(new[] { 784 })]
    [InlineData(new[] { 28, 28 })]
    [InlineData(new[] { 1, 5, 28 })]
    [InlineData(new[] { 1, 28, 5 })]
    [InlineData(new int[0])]
    public void Samples_that_are_not_images_or_too_small_are_an_error(int[] shape)
    {
        var sample = new SampleShape(shape);
        RequestException refused = Assert.Throws<RequestException>(() => new Cnn(new CnnOptions(), sample, 10));
        Problem problem = Assert.Single(refused.Problems);
        Assert.Equal("images [channels, height, width], height and width at least 6", problem.Expected);
        Assert.Equal(sample.ToString(), problem.Received);
    }

    [Fact]
    public void Layers_are_initialised_as_in_PyTorch()
    {
        using DisposeScope scope = NewDisposeScope();
        TorchRandom.SeedInitialization(2);
        using var model = new Cnn(new CnnOptions(), new SampleShape(1, 28, 28), 10);
        foreach ((string name, int inputs) in (IEnumerable<(string, int)>)[("conv1", 9), ("conv2", 9 * 32), ("fc1", 9216), ("fc2", 128)])
        {
            Start.IsUniform(model.get_parameter($"{name}.weight")!, 1 / Math.Sqrt(inputs));
            Start.IsUniform(model.get_parameter($"{name}.bias")!, 1 / Math.Sqrt(inputs));
        }
    }

    /// <summary>An overwritten ReLU output would silently give wrong gradients, so they are compared with those of the plain formula.</summary>
    [Fact]
    public void Output_and_gradients_equal_the_formula()
    {
        using DisposeScope scope = NewDisposeScope();
        TorchRandom.SeedInitialization(3);
        using var model = new Cnn(new CnnOptions { Dropout1 = 0, Dropout2 = 0 }, new SampleShape(2, 8, 8), 3);
        using Tensor input = randn(4, 2, 8, 8);
        using Tensor target = arange(4, ScalarType.Int64).remainder(3);
        using Tensor received = model.call(input);
        nn.functional.cross_entropy(received, target).backward();

        Dictionary<string, Tensor> w = model.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().clone().requires_grad_());
        Tensor first = nn.functional.relu(nn.functional.conv2d(input, w["conv1.weight"], w["conv1.bias"]));
        Tensor second = nn.functional.relu(nn.functional.conv2d(first, w["conv2.weight"], w["conv2.bias"]));
        Tensor flat = nn.functional.max_pool2d(second, 2).reshape(4, -1);
        Tensor hidden = nn.functional.relu(flat.matmul(w["fc1.weight"].t()).add(w["fc1.bias"]));
        Tensor expected = hidden.matmul(w["fc2.weight"].t()).add(w["fc2.bias"]);
        nn.functional.cross_entropy(expected, target).backward();
        Assert.True(allclose(expected, received, rtol: 1e-4, atol: 1e-5));
        Assert.All(model.named_parameters(), p => Assert.True(allclose(w[p.name].grad!, p.parameter.grad!, rtol: 1e-3, atol: 1e-5), p.name));
    }

    [Theory]
    [InlineData(0.25, 0)]
    [InlineData(0, 0.5)]
    public void Each_dropout_is_active_in_training_mode_only(double dropout1, double dropout2)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Cnn(new CnnOptions { Dropout1 = dropout1, Dropout2 = dropout2 }, new SampleShape(1, 8, 8), 3);
        using Tensor input = randn(2, 1, 8, 8);
        using IDisposable quiet = no_grad();
        model.train();
        Assert.False(allclose(model.call(input), model.call(input)));
        model.eval();
        Assert.True(allclose(model.call(input), model.call(input)));
    }
}
