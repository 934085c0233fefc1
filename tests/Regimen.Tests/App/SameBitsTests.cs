using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests that the same command in two processes gives the same losses, weights and test results, bit for bit.</summary>
[Collection(OtherProcesses.Name)]
public sealed class SameBitsTests(SameBitsTests.FirstRun first) : IClassFixture<SameBitsTests.FirstRun>
{
    private static readonly string[] Command = ["train", "trainer.epochs=3", "loader.batch_size=16"];
    private static readonly string[] Convolutional = ["train", "model=cnn", "trainer.epochs=1", "trainer.limit_train_batches=3", "loader.batch_size=16"];

    [Fact]
    public void The_same_command_gives_the_same_bits() => first.Bits.Equal(Record.Of([.. Command, "--json"]));

    [Theory]
    [InlineData("loader.workers=0", "--quiet")]
    [InlineData("loader.workers=2", "name=watched")]
    [InlineData("checkpoint.every_steps=5", "--json")]
    public void Options_that_do_not_affect_learning_do_not_affect_the_bits(params string[] changes) => first.Bits.Equal(Record.Of([.. Command, .. changes]));

    [Fact]
    public void A_model_with_dropout_gives_the_same_bits() => Record.Of([.. Convolutional, "--json"]).Equal(Record.Of([.. Convolutional, "--quiet", "loader.workers=0"]));

    /// <summary>The model is wide enough for each thread to compute a part of it.</summary>
    [Fact]
    public void Two_threads_give_the_same_bits_each_time()
    {
        string[] wide = [.. Command, "model.hidden=320", "--quiet"];
        Record two = Record.Of([.. wide, "threads=2"]);
        two.Equal(Record.Of([.. wide, "threads=2", "loader.workers=0"]));
    }

    [Fact]
    public void Another_seed_gives_other_bits()
    {
        Record other = Record.Of([.. Command, "--json", "seed=43"]);
        Assert.NotEqual(first.Bits.Steps, other.Steps);
        Assert.NotEqual(first.Bits.Digest, other.Digest);
    }

    /// <summary>The run that the others are compared with.</summary>
    public sealed class FirstRun
    {
        internal Record Bits { get; } = Record.Of([.. Command, "--json"]);
    }

    /// <summary>The compared results: every step's loss, the weights' digest, and the test results.</summary>
    internal sealed record Record(string Steps, string Digest, string Test)
    {
        public static Record Of(params string[] command)
        {
            using var project = new ProjectFolder();
            project.DoAsProcess(command).Ends(0);
            JsonNode manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(project.Run, "run.json")))!;
            string steps = Convert.ToHexString(File.ReadAllBytes(Path.Combine(project.Run, "steps.f32")));
            string digest = manifest["weights_digest"]!.GetValue<string>();
            Assert.Equal(manifest["steps"]!.GetValue<int>() * 2 * sizeof(float), steps.Length);
            Assert.Matches("^[0-9a-f]{64}$", digest);
            return new Record(steps, digest, manifest["test"]!.ToJsonString());
        }

        public void Equal(Record other)
        {
            Assert.Equal(Steps, other.Steps);
            Assert.Equal(Digest, other.Digest);
            Assert.Equal(Test, other.Test);
        }
    }
}
