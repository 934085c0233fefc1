using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.FineTuning;

/// <summary>What a net has learned on one data set helps on another one.</summary>
public sealed class TransferTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_trained_and_frozen_trunk_beats_a_random_one_after_one_epoch()
    {
        // The same images with other labels: the trunk knows the bands, the head has to learn what they mean here.
        TinyMnist.Write(_project.Folder, "data/other");
        foreach ((string part, int count) in (ReadOnlySpan<(string, int)>)[("train", TinyMnist.Train), ("t10k", TinyMnist.Test)])
        {
            _project.Folder.Write($"data/other/{part}-labels-idx1-ubyte", IdxBytes.Of(0x08, [count], [.. Enumerable.Range(0, count).Select(i => (byte)((((i % 10) * 3) + 4) % 10))]));
        }

        string[] config = ["model=cnn", "loader.batch_size=24", "optimizer.lr=0.003", "early_stopping=none"];
        string source = (string)_project.Do(["train", $"data.root={_project.Data}", "trainer.epochs=5", .. config, "--json"]).Ends(0).Json["run"]!;
        string[] once = ["train", $"data.root={_project.Folder["data/other"]}", "trainer.epochs=1", "freeze=[conv1, conv2, fc1]", .. config, "--json"];
        double random = Accuracy(once);
        double trained = Accuracy([.. once, $"init.from={source}", "init.skip=[fc2]"]);
        Assert.InRange(trained, random + 0.2, 1);
    }

    public void Dispose() => _project.Dispose();

    private double Accuracy(string[] command)
    {
        JsonNode result = _project.Do(command).Ends(0).Json;
        return (double)result["test"]!["accuracy"]!;
    }
}
