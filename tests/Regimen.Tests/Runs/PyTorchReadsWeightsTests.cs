using Regimen.Data;
using Regimen.Engine;
using Regimen.Models;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Runs;

public sealed class PyTorchReadsWeightsTests
{
    [Fact]
    public void An_mlp_has_the_same_logits_in_PyTorch()
    {
        PyTorch.SkipWhereMissing();
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        TorchRandom.SeedInitialization(5);
        using var model = new Mlp(new MlpOptions { Hidden = [16] }, new SampleShape(1, 4, 4), 10);
        KeyValuePair<string, Tensor>[] weights = [.. model.state_dict().Select(t => KeyValuePair.Create(t.Key, t.Value))];
        SafetensorsWriter.Write(folder["mlp"], [.. weights, new("flag", ones(3, ScalarType.Bool)), new("steps", tensor(3L))], new Dictionary<string, string> { ["model"] = "mlp" });

        double[] received = PyTorch.Numbers(PyTorch.Run(
            PyTorch.ReadSafetensors +
            """
            assert metadata == {"model": "mlp"}, metadata
            assert weights["flag"].tolist() == [True] * 3 and weights["steps"].item() == 3
            model = torch.nn.Sequential(torch.nn.Linear(16, 16), torch.nn.ReLU(), torch.nn.Linear(16, 10))
            model.load_state_dict({f"{layer}.{kind}": weights[f"{name}.{kind}"] for layer, name in ((0, "fc1"), (2, "fc2")) for kind in ("weight", "bias")})
            images = torch.arange(32, dtype=torch.float32).reshape(2, 16) / 32 - 0.5
            print(*[repr(x) for x in model(images).flatten().tolist()])
            """,
            folder["mlp"]));

        Tensor logits = model.call((arange(32, float32).reshape(2, 1, 4, 4) / 32) - 0.5);
        float[] expected = TensorMemory.Span<float>(logits).ToArray();
        Assert.Equal(20, received.Length);
        Assert.All(expected.Zip(received), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }
}
