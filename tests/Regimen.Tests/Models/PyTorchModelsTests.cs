using Regimen.Data;
using Regimen.Engine;
using Regimen.Models;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

/// <summary>Every architecture against the same net in PyTorch or torchvision, with random weights, in both directions.</summary>
public sealed class PyTorchModelsTests
{
    [Fact]
    public void Perceptrons_and_small_convolutional_nets_equal_PyTorchs()
    {
        using DisposeScope scope = NewDisposeScope();
        TorchRandom.SeedInitialization(11);
        var image = new SampleShape(2, 17, 17);
        Tensor images = randn(3, 2, 17, 17);
        Tensor rows = randn(4, 2, 3);
        PyTorchNets.AssertEqual(
            (new Mlp(new() { Hidden = [] }, new SampleShape(2, 3), 5), rows, "Mlp([6, 5], F.relu)"),
            (new Mlp(new() { Hidden = [7, 9, 4] }, new SampleShape(2, 3), 5), rows, "Mlp([6, 7, 9, 4, 5], F.relu)"),
            (new Mlp(new() { Hidden = [7, 9], Activation = Activation.Gelu, Norm = Norm.Layer }, new SampleShape(2, 3), 5), rows, "Mlp([6, 7, 9, 5], F.gelu, nn.LayerNorm)"),
            (new Mlp(new() { Hidden = [7, 9], Activation = Activation.Silu, Norm = Norm.Batch }, new SampleShape(2, 3), 5), rows, "Mlp([6, 7, 9, 5], F.silu, nn.BatchNorm1d)"),
            (new Mlp(new() { Hidden = [7, 9], Norm = Norm.Batch }, new SampleShape(2, 3), 5), rows, "Mlp([6, 7, 9, 5], F.relu, nn.BatchNorm1d)"),
            (new Mlp(new() { Hidden = [7], Activation = Activation.Tanh }, new SampleShape(2, 3), 5), rows, "Mlp([6, 7, 5], torch.tanh)"),
            (new Cnn(new() { Channels = [5, 3, 6], Kernel = 4, Hidden = 7, Norm = Norm.Batch, Dropout1 = 0, Dropout2 = 0 }, image, 4), images, "Cnn([2, 5, 3, 6], 4, 7, 4, 4)"),
            (new Cnn(new() { Channels = [5], Kernel = 1, Hidden = 7, Dropout1 = 0, Dropout2 = 0 }, image, 4), images, "Cnn([2, 5], 1, 7, 8, 4, norm=False)"),
            (new LeNet(new(), image, 4), images, "LeNet(2, 16, 4, torch.tanh, F.avg_pool2d)"),
            (new LeNet(new() { Activation = Activation.Relu, Pooling = LeNetPooling.Max }, image, 4), images, "LeNet(2, 16, 4, F.relu, F.max_pool2d)"));
    }

    [Fact]
    public void A_vision_transformer_equals_PyTorchs()
    {
        using DisposeScope scope = NewDisposeScope();
        TorchRandom.SeedInitialization(12);
        using var model = new Vit(new VitOptions { Patch = 5, Width = 12, Depth = 3, Heads = 3, MlpRatio = 2.5 }, new SampleShape(3, 10, 15), 4);
        Spread(model);
        PyTorchNets.AssertEqual((model, randn(2, 3, 10, 15), "Vit(3, 6, 5, 12, 3, 3, 30, 4)"));
    }

    [Fact]
    public void Saved_residual_networks_have_the_same_logits_in_torchvision()
    {
        PyTorch.SkipWhereTorchvisionIsMissing();
        using DisposeScope scope = NewDisposeScope();
        TorchRandom.SeedInitialization(13);
        using var small = new ResNet18(new ResNetOptions { Stem = ResNetStem.Small }, new SampleShape(1, 12, 17), 7);
        using var deep = new ResNet34(new ResNetOptions(), new SampleShape(3, 65, 97), 5);
        PyTorchNets.AssertEqual((small, randn(3, 1, 12, 17), "resnet('resnet18', 1, 7, True)"), (deep, randn(2, 3, 65, 97), "resnet('resnet34', 3, 5, False)"));
    }

    /// <summary>Random weights of torchvision, with running statistics of two batches, loaded here: names, shapes and logits are equal, in
    /// evaluation and in training mode, and so are the running statistics after it.</summary>
    [Theory]
    [InlineData("resnet18")]
    [InlineData("resnet50")]
    public void Weights_of_torchvision_give_its_logits(string name)
    {
        Assert.SkipWhen(name == "resnet50" && Environment.GetEnvironmentVariable("REGIMEN_LONG") != "1", "takes ten seconds: REGIMEN_LONG=1");
        PyTorch.SkipWhereTorchvisionIsMissing();
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        PyTorch.Run(
            PyTorch.WriteSafetensors +
            """
            import sys, torchvision
            torch.manual_seed(3)
            net = getattr(torchvision.models, sys.argv[1])(num_classes=11)
            batches = torch.randn(3, 4, 3, 65, 97)
            with torch.no_grad():
                net(batches[0]), net(batches[1])
                weights = {k: v.clone() for k, v in net.state_dict().items()}
                y = net.eval()(batches[2])
                z = net.train()(batches[2])
            save(sys.argv[2], weights)
            save(sys.argv[3], {"x": batches[2], "y": y, "z": z, "mean": net.bn1.running_mean, "var": net.layer4[1].bn2.running_var})
            """,
            name, folder["weights"], folder["results"]);

        var image = new SampleShape(3, 65, 97);
        using ResNet model = name == "resnet18" ? new ResNet18(new ResNetOptions(), image, 11) : new ResNet50(new ResNetOptions(), image, 11);
        SafetensorsFile weights = SafetensorsFile.Read(folder["weights"]);
        Dictionary<string, Tensor> own = model.state_dict();
        Assert.Equal(
            weights.Entries.Select(e => $"{e.Name} {e.Type} [{string.Join(',', e.Shape)}]").Order(StringComparer.Ordinal),
            own.Select(p => $"{p.Key} {(p.Value.dtype == ScalarType.Int64 ? "I64" : "F32")} [{string.Join(',', p.Value.shape)}]").Order(StringComparer.Ordinal));

        Weights.Load(model, folder["weights"]);
        using TensorSet results = TensorSet.Of(SafetensorsFile.Read(folder["results"]));
        using IDisposable quiet = no_grad();
        model.eval();
        AreNear(results.ByName["y"], model.call(results.ByName["x"]));
        using Tensor last = MemoryLayout.ChannelsLast(results.ByName["x"]);
        AreNear(results.ByName["y"], model.call(last));
        model.train();
        AreNear(results.ByName["z"], model.call(results.ByName["x"]));
        AreNear(results.ByName["mean"], own["bn1.running_mean"]);
        AreNear(results.ByName["var"], own["layer4.1.bn2.running_var"]);
        Assert.Equal(3, own["bn1.num_batches_tracked"].item<long>());

        static void AreNear(Tensor expected, Tensor received)
            => Assert.True(allclose(expected, received, rtol: 1e-4, atol: 1e-4), $"differs by up to {expected.sub(received).abs().max().item<float>()}");
    }

    /// <summary>Makes initial weights of 0.02 larger, so that attention is far from uniform.</summary>
    private static void Spread(nn.Module model)
    {
        using IDisposable quiet = no_grad();
        foreach (Tensor parameter in model.parameters())
        {
            parameter.add_(randn_like(parameter).mul(0.4));
        }
    }
}
