using Regimen.Engine;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

/// <summary>Compares models with the same nets in PyTorch: the saved weights are loaded there, strictly, and the outputs compared.</summary>
internal static class PyTorchNets
{
    /// <summary>The nets in PyTorch: functions that return a module whose parameters have the names of Regimen's model.</summary>
    private const string Definitions =
        """
        from torch import nn
        from torch.nn import functional as F

        class Mlp(nn.Module):
            def __init__(self, widths, activation, norm=None):
                super().__init__()
                self.activation, self.layers = activation, len(widths) - 1
                for i in range(self.layers):
                    self.add_module(f"fc{i + 1}", nn.Linear(widths[i], widths[i + 1]))
                    if norm and i < self.layers - 1:
                        self.add_module(f"norm{i + 1}", norm(widths[i + 1]))
            def forward(self, x):
                x = x.flatten(1)
                for i in range(self.layers):
                    x = getattr(self, f"fc{i + 1}")(x)
                    if i < self.layers - 1:
                        x = getattr(self, f"norm{i + 1}", nn.Identity())(x)
                        x = self.activation(x)
                return x

        class Cnn(nn.Module):
            def __init__(self, channels, kernel, hidden, side, outputs, norm=True):
                super().__init__()
                self.count = len(channels) - 1
                for i in range(self.count):
                    self.add_module(f"conv{i + 1}", nn.Conv2d(channels[i], channels[i + 1], kernel))
                    if norm:
                        self.add_module(f"norm{i + 1}", nn.BatchNorm2d(channels[i + 1]))
                self.fc1, self.fc2 = nn.Linear(channels[-1] * side * side, hidden), nn.Linear(hidden, outputs)
            def forward(self, x):
                for i in range(self.count):
                    x = F.relu(getattr(self, f"norm{i + 1}", nn.Identity())(getattr(self, f"conv{i + 1}")(x)))
                return self.fc2(F.relu(self.fc1(F.max_pool2d(x, 2).flatten(1))))

        class LeNet(nn.Module):
            def __init__(self, channels, width, outputs, activation, pool):
                super().__init__()
                self.conv1, self.conv2, self.activation, self.pool = nn.Conv2d(channels, 6, 5), nn.Conv2d(6, 16, 5), activation, pool
                self.fc1, self.fc2, self.fc3 = nn.Linear(width, 120), nn.Linear(120, 84), nn.Linear(84, outputs)
            def forward(self, x):
                x = self.pool(self.activation(self.conv1(x)), 2)
                x = self.pool(self.activation(self.conv2(x)), 2).flatten(1)
                return self.fc3(self.activation(self.fc2(self.activation(self.fc1(x)))))

        class Attention(nn.Module):
            def __init__(self, width, heads):
                super().__init__()
                self.qkv, self.proj, self.heads = nn.Linear(width, 3 * width), nn.Linear(width, width), heads
            def forward(self, x):
                b, n, d = x.shape
                q, k, v = [t.reshape(b, n, self.heads, d // self.heads).transpose(1, 2) for t in self.qkv(x).split(d, dim=2)]
                weights = torch.softmax(q @ k.transpose(2, 3) / (d // self.heads) ** 0.5, dim=-1)
                return self.proj((weights @ v).transpose(1, 2).reshape(b, n, d))

        class Block(nn.Module):
            def __init__(self, width, heads, hidden):
                super().__init__()
                self.norm1, self.attn = nn.LayerNorm(width, eps=1e-6), Attention(width, heads)
                self.norm2 = nn.LayerNorm(width, eps=1e-6)
                self.mlp = nn.Sequential()
                self.mlp.add_module("fc1", nn.Linear(width, hidden))
                self.mlp.add_module("act", nn.GELU())
                self.mlp.add_module("fc2", nn.Linear(hidden, width))
            def forward(self, x):
                x = x + self.attn(self.norm1(x))
                return x + self.mlp(self.norm2(x))

        class Vit(nn.Module):
            def __init__(self, channels, patches, patch, width, depth, heads, hidden, outputs):
                super().__init__()
                self.cls_token, self.pos_embed = nn.Parameter(torch.zeros(1, 1, width)), nn.Parameter(torch.zeros(1, patches + 1, width))
                self.patch_embed = nn.Sequential()
                self.patch_embed.add_module("proj", nn.Conv2d(channels, width, patch, patch))
                self.blocks = nn.Sequential(*[Block(width, heads, hidden) for _ in range(depth)])
                self.norm, self.head = nn.LayerNorm(width, eps=1e-6), nn.Linear(width, outputs)
            def forward(self, x):
                x = self.patch_embed(x).flatten(2).transpose(1, 2)
                x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1) + self.pos_embed
                return self.head(self.norm(self.blocks(x))[:, 0])

        def resnet(name, channels, outputs, small):
            import torchvision
            net = getattr(torchvision.models, name)(num_classes=outputs)
            if small:
                net.conv1, net.maxpool = nn.Conv2d(channels, 64, 3, 1, 1, bias=False), nn.Identity()
            return net

        """;

    /// <summary>Asserts that each model has the outputs of its net in PyTorch, in evaluation and in training mode, and the gradients of the input.</summary>
    /// <param name="nets">The models, and a Python expression for each that creates the net. Dropout must be 0.</param>
    public static void AssertEqual(params IReadOnlyList<(nn.Module<Tensor, Tensor> Model, Tensor Input, string Net)> nets)
    {
        PyTorch.SkipWhereMissing();
        using var folder = new TemporaryFolder();
        string script = InFunction(PyTorch.ReadSafetensors) + Definitions + "torch.manual_seed(0)\n";
        var expected = new List<float>();
        for (int i = 0; i < nets.Count; i++)
        {
            (nn.Module<Tensor, Tensor> model, Tensor input, string net) = nets[i];
            Weights.Save(model, folder[$"{i}"]);
            SafetensorsWriter.Write(folder[$"{i}.input"], [new("input", input)], new Dictionary<string, string>());
            script += $"""
                net = {net}
                net.load_state_dict(load("{folder[$"{i}"]}"))
                x = load("{folder[$"{i}.input"]}")["input"].clone().requires_grad_()
                net.eval()
                y = net(x)
                (y * torch.arange(y.numel()).reshape(y.shape).sin()).sum().backward()
                net.train()
                print(*[repr(v) for t in (y, net(x), x.grad) for v in t.flatten().tolist()])

                """;
            expected.AddRange(Outputs(model, input));
        }

        double[] received = PyTorch.Numbers(PyTorch.Run(script));
        Assert.Equal(expected.Count, received.Length);
        Assert.All(expected.Zip(received), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    private static float[] Outputs(nn.Module<Tensor, Tensor> model, Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = input.detach().clone().requires_grad_();
        model.eval();
        Tensor y = model.call(x);
        y.mul(arange(y.numel()).reshape(y.shape).sin()).sum().backward();
        model.train();
        return [.. Values(y), .. Values(model.call(x)), .. Values(x.grad!)];
    }

    private static float[] Values(Tensor tensor) => TensorMemory.Span<float>(tensor.detach().contiguous()).ToArray();

    /// <summary>Returns the script that reads a file as a function <c>load(path)</c>.</summary>
    private static string InFunction(string script)
    {
        string[] lines = script.Replace("sys.argv[1]", "path", StringComparison.Ordinal).TrimEnd().Split('\n');
        return $"{lines[0]}\ndef load(path):\n{string.Join('\n', lines[1..].Select(l => $"    {l}"))}\n    return weights\n\n";
    }
}
