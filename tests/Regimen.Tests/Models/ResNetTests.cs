using Regimen.Data;
using Regimen.Engine;
using Regimen.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

public sealed class ResNetTests
{
    /// <summary>The numbers of parameters in the table of torchvision's documentation.</summary>
    [Fact]
    public void They_have_as_many_parameters_as_torchvisions()
    {
        var image = new SampleShape(3, 224, 224);
        using var of18 = new ResNet18(new ResNetOptions(), image, 1000);
        using var of34 = new ResNet34(new ResNetOptions(), image, 1000);
        using var of50 = new ResNet50(new ResNetOptions(), image, 1000);
        Assert.Equal(
            [11_689_512, 21_797_672, 25_557_032], ((nn.Module[])[of18, of34, of50]).Select(m => m.parameters().Sum(p => p.numel())));
        Assert.Equal((122, 218, 320), (of18.state_dict().Count, of34.state_dict().Count, of50.state_dict().Count));
    }

    [Theory]
    [InlineData(ResNetStem.Small, 1, 5, 7)]
    [InlineData(ResNetStem.Small, 3, 32, 32)]
    [InlineData(ResNetStem.Imagenet, 2, 1, 1)]
    [InlineData(ResNetStem.Imagenet, 4, 33, 50)]
    public void Images_of_any_size_and_number_of_channels_are_accepted(ResNetStem stem, int channels, int height, int width)
    {
        var image = new SampleShape(channels, height, width);
        using var model = new ResNet18(new ResNetOptions { Stem = stem }, image, 4);
        model.eval();
        using Tensor input = ones(image.Batch(2));
        using Tensor logits = model.call(input);
        Assert.Equal([2, 4], logits.shape);
        Assert.Equal(stem == ResNetStem.Small ? 3 : 7, model.get_parameter("conv1.weight")!.size(3));
    }

    [Fact]
    public void Samples_that_are_not_images_are_an_error()
        => Assert.Contains("'resnet50' does not support", Assert.Throws<RequestException>(() => new ResNet50(new ResNetOptions(), new SampleShape(28, 28), 4)).Message, StringComparison.Ordinal);

    /// <summary>Kaiming's normal values by the outputs: std √(2 / (outputs · kernel size)).</summary>
    [Fact]
    public void Convolutions_are_initialised_as_in_torchvision()
    {
        using DisposeScope scope = NewDisposeScope();
        TorchRandom.SeedInitialization(1);
        using var model = new ResNet50(new ResNetOptions(), new SampleShape(3, 64, 64), 4);
        foreach ((string name, double fanOut) in (IEnumerable<(string, double)>)[("conv1", 64 * 49), ("layer1.0.conv2", 64 * 9), ("layer3.1.conv3", 1024), ("layer4.0.downsample.0", 2048)])
        {
            Tensor values = model.get_parameter($"{name}.weight")!.to(ScalarType.Float64);
            Assert.Equal(Math.Sqrt(2 / fanOut), values.std().item<double>(), 0.05 * Math.Sqrt(2 / fanOut));
        }
    }

    /// <summary>In-place operations must not overwrite an output kept by a hook, at any layer of a block.</summary>
    [Fact]
    public void Layer_outputs_kept_by_hooks_are_not_overwritten()
    {
        using DisposeScope scope = NewDisposeScope();
        TorchRandom.SeedInitialization(1);
        using var model = new ResNet50(new ResNetOptions(), new SampleShape(3, 33, 35), 5);
        model.eval();
        Tensor input = randn(2, 3, 33, 35);
        Tensor quiet = model.call(input);
        var kept = new List<(string Name, Tensor Output, Tensor Copy)>();
        foreach ((string name, nn.Module module) in model.named_modules())
        {
            (module as nn.Module<Tensor, Tensor>)?.register_forward_hook((_, _, output) =>
            {
                kept.Add((name, output, output.clone()));
                return output;
            });
        }

        Assert.True(allclose(model.call(input), quiet, rtol: 1e-4, atol: 1e-5));
        Assert.True(kept.Count > 120, $"{kept.Count}");
        Assert.All(kept, k => Assert.True(k.Output.equal(k.Copy).all().item<bool>(), k.Name));
    }
}
