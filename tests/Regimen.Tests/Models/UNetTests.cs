using Regimen.Data;
using Regimen.Engine;
using Regimen.Models;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

public sealed class UNetTests
{
    [Theory]
    [InlineData(16, 24, 2)]
    [InlineData(31, 27, 3)]
    [InlineData(5, 3, 3)]
    [InlineData(1, 1, 1)]
    public void The_output_has_the_size_of_the_image(int height, int width, int depth)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new UNet(new UNetOptions { Width = 3, Depth = depth }, new SampleShape(2, height, width), 5);
        model.eval();
        Assert.Equal([2L, 5, height, width], model.call(rand(2, 2, height, width)).shape);
    }

    [Theory]
    [InlineData(Bits.Machine)]
    [InlineData(Bits.Portable)]
    public void Outputs_are_those_of_the_same_network_in_PyTorch(Bits bits)
    {
        PyTorch.SkipWhereMissing();
        using IDisposable arithmetic = Arithmetic.Borrow(bits);
        using var folder = new TemporaryFolder();
        using DisposeScope scope = NewDisposeScope();
        TorchRandom.SeedInitialization(3);
        using var model = new UNet(new UNetOptions { Width = 4, Depth = 2 }, new SampleShape(3, 10, 13), 5);
        model.call(rand(6, 3, 10, 13)); // batch statistics other than 0 and 1
        model.eval();
        float[] values = [.. Enumerable.Range(0, 2 * 3 * 10 * 13).Select(i => (float)Math.Sin(i))];
        Tensor input = tensor(values).reshape(2, 3, 10, 13);
        Regimen.Safetensors.Weights.Save(model, folder["m.safetensors"]);
        double[] expected = PyTorch.Numbers(PyTorch.Run(
            PyTorch.ReadSafetensors +
            """
            import torch.nn as nn, torch.nn.functional as F
            class Block(nn.Module):
                def __init__(self, i, o):
                    super().__init__()
                    self.conv1 = nn.Conv2d(i, o, 3, padding=1, bias=False); self.bn1 = nn.BatchNorm2d(o)
                    self.conv2 = nn.Conv2d(o, o, 3, padding=1, bias=False); self.bn2 = nn.BatchNorm2d(o)
                def forward(self, x):
                    return self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())).relu()
            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.encoder = nn.ModuleList([Block(3, 4), Block(4, 8), Block(8, 16)])
                    self.upsample = nn.ModuleList([nn.ConvTranspose2d(16, 8, 2, 2), nn.ConvTranspose2d(8, 4, 2, 2)])
                    self.decoder = nn.ModuleList([Block(16, 8), Block(8, 4)])
                    self.head = nn.Conv2d(4, 5, 1)
                def forward(self, x):
                    a = self.encoder[0](F.pad(x, (0, 3, 0, 2), mode="replicate"))
                    b = self.encoder[1](F.max_pool2d(a, 2))
                    y = self.encoder[2](F.max_pool2d(b, 2))
                    y = self.decoder[0](torch.cat([b, self.upsample[0](y)], 1))
                    y = self.decoder[1](torch.cat([a, self.upsample[1](y)], 1))
                    return self.head(y)[:, :, :10, :13]
            net = Net().eval()
            net.load_state_dict(weights)
            with torch.no_grad():
                print(*map(repr, net(torch.sin(torch.arange(2 * 3 * 10 * 13, dtype=torch.float64)).float().reshape(2, 3, 10, 13)).flatten().tolist()))
            """,
            folder["m.safetensors"]));
        float[] received = TensorMemory.Span<float>(model.call(input).contiguous()).ToArray();
        Assert.Equal(expected.Length, received.Length);
        Assert.All(expected.Zip(received), p => Assert.Equal(p.First, p.Second, 2e-5));
    }

    [Fact]
    public void A_forward_pass_leaves_no_tensor()
    {
        using var model = new UNet(new UNetOptions { Width = 3, Depth = 2 }, new SampleShape(1, 9, 6), 2);
        using Tensor input = rand(2, 1, 9, 6);
        using (no_grad())
        {
            model.call(input).Dispose();
            long before = Tensors.SettledCount();
            model.call(input).Dispose();
            Tensors.AssertNoneLeaked(before);
        }
    }

    [Fact]
    public void Samples_that_are_no_images_are_refused()
        => Assert.Contains("images [channels, height, width]", Assert.Throws<RequestException>(() => new UNet(new UNetOptions(), new SampleShape(7), 2)).Message, StringComparison.Ordinal);
}
