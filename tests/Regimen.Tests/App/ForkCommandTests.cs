using System.Text.Json.Nodes;
using Regimen.App.Commands;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests the fork command, and that verify trains a fork again from its own folder.</summary>
public sealed class ForkCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_fork_is_shown_with_its_parent_and_verified_after_the_parent_is_gone()
    {
        _project.Train("trainer.epochs=3", "checkpoint.keep=9", "name=old").Ends(0);
        string parent = _project.Run;
        JsonNode forked = _project.Do("fork", "latest@2", "trainer.epochs=4", "optimizer.lr=0.02", "name=new", "--json").Ends(0).Json;
        Assert.Equal(("finished", 4), ((string?)forked["status"], (int)forked["epochs"]!));
        Assert.Equal($$"""{"run":"{{Path.GetFileName(parent)}}","checkpoint":"epoch-0002","epoch":2,"step":8}""", forked["fork"]!.ToJsonString());
        string fork = (string)forked["run"]!;
        Assert.Contains($"{Path.GetFileName(parent)}@epoch-0002", _project.Do("runs", "--columns", "parent").Ends(0).Out, StringComparison.Ordinal);
        Assert.Single(_project.Do("runs", $"parent={Path.GetFileName(parent)}@epoch-0002", "--json").Ends(0).Json.AsArray());
        Assert.Contains("parent", _project.Do("runs").Ends(0).Lines[0], StringComparison.Ordinal);
        Assert.Contains($"fork of   {Path.GetFileName(parent)}@epoch-0002, epoch 2, step 8; ", _project.Do("runs", "show", fork).Ends(0).Out, StringComparison.Ordinal);
        Directory.Delete(parent, recursive: true);

        string[] before = Directory.GetFileSystemEntries(fork, "*", SearchOption.AllDirectories);
        JsonNode verified = _project.Do("verify", fork, "--json").Ends(0).Json;
        Assert.True((bool)verified["identical"]!);
        Assert.Equal(8L, (long)verified["steps"]!);
        Assert.Equal((string?)forked["weights_digest"], (string?)verified["weights_digest"]!["received"]);
        Assert.Contains("steps 1 to 8", verified["not_compared"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(fork, "*", SearchOption.AllDirectories));
        Assert.Contains("a step after 8", _project.Do("verify", fork, "--until-step", "8").Ends(2).Error, StringComparison.Ordinal);
        _project.Do("verify", fork, "--until-step", "11").Ends(0);
        _project.Do("evaluate", fork).Ends(0);
    }

    [Theory]
    [InlineData("steps.f32", 1, 1)]
    [InlineData("steps.f32", -1, 1)]
    [InlineData("fork/steps.f32", 1, 2)]
    [InlineData("fork/checkpoints/epoch-0001/training.safetensors", -1, 2)]
    [InlineData("checkpoints/epoch-0001/model.safetensors", -1, 1)]
    public void Verify_finds_a_changed_byte(string file, int at, int exitCode)
    {
        _project.Train("checkpoint.keep=9", "name=old").Ends(0);
        string fork = (string)_project.Do("fork", "latest@1", "optimizer.lr=0.02", "trainer.epochs=3", "name=new", "--json").Ends(0).Json["run"]!;
        _project.Do("verify", fork).Ends(0);
        string path = Path.Combine(fork, file);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[at < 0 ? ^(-at) : at] ^= 4;
        File.WriteAllBytes(path, bytes);
        _project.Do("verify", fork).Ends(exitCode);
    }

    [Fact]
    public void Refusals_exit_2_and_those_of_resume_name_fork()
    {
        _project.Train("name=old").Ends(0);
        Assert.Contains("No step is left after this checkpoint", _project.Do("fork", "latest").Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("can't be changed in a fork", _project.Do("fork", "latest", "model=cnn", "trainer.epochs=3").Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("There is no checkpoint 'epoch-0007'", _project.Do("fork", "latest@7", "trainer.epochs=3").Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("There is no run", _project.Do("fork", "nothing@best").Ends(2).Error, StringComparison.Ordinal);
        string refused = _project.Do("resume", "latest", "optimizer.lr=0.5", "trainer.epochs=3").Ends(2).Error;
        Assert.Contains($"regimen fork {_project.Run} optimizer.lr=0.5 trainer.epochs=3\n", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("regimen fork", _project.Do("resume", "latest", "model.hidden=3").Ends(2).Error, StringComparison.Ordinal);
        string run = _project.Run;
        _project.Do("fork", run, "optimizer.lr=0.5", "trainer.epochs=3").Ends(0);
    }

    [Fact]
    public void A_loss_that_is_not_finite_names_fork()
        => Assert.Contains("regimen fork RUN optimizer.lr=VALUE", _project.Train("optimizer=sgd", "optimizer.lr=1e5", "optimizer.weight_decay=1", "trainer.epochs=5").Ends(1).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("latest", "latest", "last")]
    [InlineData("latest@best", "latest", "best")]
    [InlineData("runs/a@b", "runs/a@b", "last")]
    [InlineData("a@b@12", "a@b", "epoch-0012")]
    [InlineData("a@epoch-0003-step-000017", "a", "epoch-0003-step-000017")]
    public void A_run_and_its_checkpoint_are_split_at_the_last_sign(string text, string run, string checkpoint) => Assert.Equal((run, checkpoint), ForkCommand.Split(text));

    public void Dispose() => _project.Dispose();
}
