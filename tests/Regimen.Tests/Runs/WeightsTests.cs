using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Runs;

public sealed class WeightsTests
{
    [Fact]
    public void Weights_are_saved_and_loaded_into_another_model()
    {
        using var folder = new TemporaryFolder();
        using TinyNet model = TinyNet.Seeded(1);
        using TinyNet other = TinyNet.Seeded(2);
        SafetensorsWriter.Write(folder["a"], model.state_dict(), new Dictionary<string, string>());
        Assert.NotEqual(Weights.Digest(model.state_dict()), Weights.Digest(other.state_dict()));
        long before = Tensors.SettledCount();
        Regimen.Safetensors.Weights.Load(other, SafetensorsFile.Read(folder["a"]), folder["a"]);
        Tensors.AssertNoneLeaked(before);
        Assert.Equal(Weights.Digest(model.state_dict()), Weights.Digest(other.state_dict()));
        Assert.All(other.parameters(), p => Assert.True(p.requires_grad));
    }

    [Fact]
    public void A_file_that_does_not_match_is_refused_with_every_difference_and_the_model_is_unchanged()
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using TinyNet model = TinyNet.Seeded();
        string digest = Weights.Digest(model.state_dict());
        SafetensorsWriter.Write(
            folder["a"],
            [new("fc1.weight", ones(8, 5)), new("fc1.bias", ones(8, float64)), new("fc2.weight", ones(3, 8)), new("fc3.bias", ones(3))],
            new Dictionary<string, string>());
        RequestException refusal = Assert.Throws<RequestException>(() => Regimen.Safetensors.Weights.Load(model, SafetensorsFile.Read(folder["a"]), folder["a"]));
        Assert.Equal(
            [
                ("'fc1.weight'", "Float32 [8, 4]", "Float32 [8, 5]"), ("'fc1.bias'", "Float32 [8]", "Float64 [8]"), ("'fc2.bias'", "Float32 [3]", "no such tensor"),
                ("'fc3.bias'", "no such tensor", "Float32 [3]"),
            ],
            refusal.Problems.Select(p => (p.Message.Split(' ')[^1], p.Expected!, p.Received!)));
        Assert.All(refusal.Problems, p => Assert.Equal(folder["a"], p.Where));
        Assert.Equal(digest, Weights.Digest(model.state_dict()));
    }
}
