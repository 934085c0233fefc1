using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

public sealed class FindLrCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void The_curve_and_the_suggestion_follow_from_the_seed_and_nothing_is_left()
    {
        string[] command = ["find", "lr", $"data.root={_project.Data}", "loader.batch_size=16", "optimizer=sgd", "model.dropout=0.1", "average=ema", "schedule=cosine", "--to", "1000", "--steps", "61", "--json"];
        string[] before = Directory.GetFileSystemEntries(_project.Folder.FullPath, "*", SearchOption.AllDirectories);
        CommandOutput first = _project.Do(command).Ends(0);
        Assert.Equal(first.Out, _project.Do(command).Ends(0).Out);
        Assert.Equal(before, Directory.GetFileSystemEntries(_project.Folder.FullPath, "*", SearchOption.AllDirectories));
        JsonNode result = first.Json;
        Assert.Equal(["suggested_lr", "rule", "lowest_loss_lr", "diverged", "seed", "steps", "file", "lr", "loss", "smoothed"], result.AsObject().Select(p => p.Key));
        int steps = (int)result["steps"]!;
        Assert.True((bool)result["diverged"]!);
        Assert.InRange(steps, 15, 60);
        Assert.All(new[] { "lr", "loss", "smoothed" }, key => Assert.Equal(steps, result[key]!.AsArray().Count));
        double suggested = (double)result["suggested_lr"]!;
        Assert.Contains(suggested, result["lr"]!.AsArray().Select(v => (double)v!));
        Assert.InRange(suggested, 1e-6, 10);
        Assert.NotEqual(first.Out, _project.Do([.. command, "seed=3"]).Ends(0).Out);
    }

    [Fact]
    public void The_curve_is_drawn_as_text_and_as_a_picture()
    {
        CommandOutput output = _project.Do("find", "lr", $"data.root={_project.Data}", "loader.batch_size=16", "optimizer.lr=0.5", "--output", "rates.svg").Ends(0);
        Assert.Contains("learning rate", output.Out, StringComparison.Ordinal);
        Assert.Contains("Suggested: optimizer.lr=", output.Out, StringComparison.Ordinal);
        Assert.StartsWith("<?xml", File.ReadAllText(_project.Folder["rates.svg"]), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.Runs));
    }

    [Theory]
    [InlineData("--from,1,--to,0.1", "The learning rates do not grow")]
    [InlineData("--from,0", "--from: From is out of bounds")]
    [InlineData("--steps,3", "--steps: Steps is out of bounds")]
    [InlineData("--output,none/rates.svg", "--output: The picture can't be written there")]
    [InlineData("--foo", "regimen find lr: Unknown option")]
    [InlineData("--output,rates.pdf", "The kind of picture is not known")]
    [InlineData("optimizer.lr=0", "")]
    [InlineData("model.hiden=3", "Unknown key")]
    public void What_can_not_work_is_refused(string arguments, string message)
    {
        CommandOutput output = _project.Do(["find", "lr", $"data.root={_project.Data}", .. arguments.Split(',')]).Ends(2);
        Assert.Contains(message, output.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_that_are_too_high_from_the_first_are_an_error()
    {
        CommandOutput output = _project.Do("find", "lr", $"data.root={_project.Data}", "optimizer=sgd", "loader.batch_size=16", "--from", "1e8", "--to", "1e30").Ends(1);
        Assert.Contains("diverged before a curve could be seen", output.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();
}
