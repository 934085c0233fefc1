using Regimen.Tests.TestKit;

namespace Regimen.Tests.Documents;

/// <summary>Every command that a document shows with its output (<c>$ command</c>) prints that output.</summary>
public sealed class TranscriptTests : IDisposable
{
    private readonly TranscriptPlayer _player = new();

    public static TheoryData<string> WithTranscripts => [.. DocumentBlock.All().Where(b => b.IsTranscript).Select(b => b.Document).Distinct()];

    [Theory]
    [MemberData(nameof(WithTranscripts))]
    public void A_command_prints_what_its_document_shows(string document)
    {
        _player.Others["dotnet run houses.cs > houses.csv"] = () =>
        {
            using StringWriter table = new() { NewLine = "\n" };
            GettingStartedCode.WriteHouses(table);
            _player.Folder.Write("houses.csv", System.Text.Encoding.UTF8.GetBytes(table.ToString()));
            return "";
        };
        if (document == "README.md")
        {
            // Its first command trains on the whole of MNIST.
            Directory.Delete(_player.Folder["data/mnist"], recursive: true);
            Directory.CreateSymbolicLink(_player.Folder["data/mnist"], Path.Combine(Repository.Root, "data", "mnist"));
        }

        if (document == "docs/runs.md")
        {
            MadeRuns.Make(_player.Folder, "runs/2026-11-23_14-03-22_mnist-mlp", lr: 0.002, loss: 0.08694);
            MadeRuns.Make(_player.Folder, "runs/2026-11-23_15-10-09_mnist-cnn", lr: 0.001, loss: 0.04712, model: "cnn");
        }

        Assert.True(_player.Play(document) > 0);
    }

    [Fact]
    public void A_difference_is_found()
    {
        Assert.Null(TranscriptLine.FirstDifference(["a 0.50", "…", "c  2.0 s"], ["a 0.501", "b", "b", "c 7.3 s"]));
        Assert.Null(TranscriptLine.FirstDifference(["run 2026-11-26_14-38-48_m", "…"], ["run 2027-01-01_00-00-00_m", "x"]));
        Assert.StartsWith("a 0.50", TranscriptLine.FirstDifference(["a 0.50"], ["a 0.53"]), StringComparison.Ordinal);
        Assert.StartsWith("epoch 3", TranscriptLine.FirstDifference(["epoch 3"], ["epoch 4"]), StringComparison.Ordinal);
        Assert.StartsWith("error: no", TranscriptLine.FirstDifference(["error: no"], ["error: yes"]), StringComparison.Ordinal);
        Assert.StartsWith("nothing more", TranscriptLine.FirstDifference(["a"], ["a", "b"]), StringComparison.Ordinal);
        Assert.StartsWith("b", TranscriptLine.FirstDifference(["…", "b"], ["a", "c"]), StringComparison.Ordinal);
    }

    public void Dispose() => _player.Dispose();
}
