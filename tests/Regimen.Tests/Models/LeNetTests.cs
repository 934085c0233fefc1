using Regimen.Data;
using Regimen.Models;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

public sealed class LeNetTests
{
    [Fact]
    public void Parameters_have_the_shapes_of_LeNet_5()
    {
        using var model = new LeNet(new LeNetOptions(), new SampleShape(1, 32, 32), 10);
        Assert.Equal(
            [
                "conv1.weight 6,1,5,5", "conv1.bias 6", "conv2.weight 16,6,5,5", "conv2.bias 16", "fc1.weight 120,400", "fc1.bias 120", "fc2.weight 84,120", "fc2.bias 84",
                "fc3.weight 10,84", "fc3.bias 10",
            ],
            model.named_parameters().Select(p => $"{p.name} {string.Join(',', p.parameter.shape)}"));
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(17, 29)]
    public void Images_of_any_supported_size_are_accepted(int height, int width)
    {
        using var model = new LeNet(new LeNetOptions(), new SampleShape(3, height, width), 4);
        using Tensor input = ones(2, 3, height, width);
        using Tensor logits = model.call(input);
        Assert.Equal([2, 4], logits.shape);
    }

    [Theory]
    [InlineData(new[] { 1, 15, 28 })]
    [InlineData(new[] { 784 })]
    public void Other_samples_are_an_error(int[] shape)
        => Assert.Equal(
            "images [channels, height, width], height and width at least 16",
            Assert.Single(Assert.Throws<RequestException>(() => new LeNet(new LeNetOptions(), new SampleShape(shape), 10)).Problems).Expected);

    [Fact]
    public void Only_the_activations_of_its_time_and_relu_are_accepted()
        => Assert.Throws<RequestException>(() => new LeNet(new LeNetOptions { Activation = Activation.Gelu }, new SampleShape(1, 28, 28), 10));
}
