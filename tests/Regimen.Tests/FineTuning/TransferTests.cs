using System.Text.Json.Nodes;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.FineTuning;

/// <summary>What a net has learned on one data set helps on another one.</summary>
public sealed class TransferTests : IDisposable
{
    private const int Side = 28;
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_trained_and_frozen_trunk_beats_a_random_one_after_one_epoch()
    {
        // Other digits with other labels: the trunk knows digits, the head has to learn what they are called here.
        Write("first", 0, train: 1210, label => label);
        Write("second", 2000, train: 410, label => (byte)(((label * 3) + 4) % 10));
        string[] config = ["model=cnn", "model.channels=[8,16]", "loader.batch_size=24", "early_stopping=none"];
        string source = (string)_project.Do(["train", $"data.root={_project.Folder["first"]}", "trainer.epochs=2", .. config, "--json"]).Ends(0).Json["run"]!;
        string[] once = ["train", $"data.root={_project.Folder["second"]}", "trainer.epochs=1", "optimizer.lr=0.005", "freeze=[conv1, conv2, fc1]", .. config, "--json"];
        double random = Accuracy(once);
        double trained = Accuracy([.. once, $"init.from={source}", "init.skip=[fc2]"]);
        Assert.InRange(trained, random + 0.1, 1);
    }

    public void Dispose() => _project.Dispose();

    /// <summary>Writes a part of MNIST as a data set of its own.</summary>
    private void Write(string folder, int start, int train, Func<byte, byte> relabel)
    {
        string mnist = Path.Combine(Repository.Root, "data", "mnist");
        byte[] pixels = IdxFile.Read(Directory.GetFiles(mnist, "train-images*")[0]).GetBytes().ToArray();
        byte[] labels = IdxFile.Read(Directory.GetFiles(mnist, "train-labels*")[0]).GetBytes().ToArray();
        foreach ((string part, int first, int count) in (ReadOnlySpan<(string, int, int)>)[("train", start, train), ("t10k", start + train, 190)])
        {
            _project.Folder.Write($"{folder}/{part}-images-idx3-ubyte", IdxBytes.Of(0x08, [count, Side, Side], pixels.AsSpan(first * Side * Side, count * Side * Side)));
            _project.Folder.Write($"{folder}/{part}-labels-idx1-ubyte", IdxBytes.Of(0x08, [count], [.. labels[first..(first + count)].Select(relabel)]));
        }
    }

    private double Accuracy(string[] command)
    {
        JsonNode result = _project.Do(command).Ends(0).Json;
        return (double)result["test"]!["accuracy"]!;
    }
}
