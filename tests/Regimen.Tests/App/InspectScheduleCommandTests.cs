using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.App;

public sealed class InspectScheduleCommandTests : IDisposable
{
    private static readonly string[] Schedule = ["schedule=one_cycle", "schedule.warmup_steps=4", "schedule.warmup_start_factor=0.1", "optimizer.lr=0.03"];
    private readonly ProjectFolder _project = new();

    [Theory]
    [InlineData]
    [InlineData("trainer.max_steps=7")]
    [InlineData("trainer.limit_train_batches=3")]
    public void The_rates_are_those_of_the_run(params string[] changes)
    {
        string[] config = [.. TinyExperiment.TwelveSteps, .. Schedule, .. changes];
        var rates = new List<double>();
        using (var runs = new TinyExperiment())
        {
            runs.Train(config, e => rates.AddRange(e is TrainEvent.StepTaken taken ? [taken.Lr] : []));
        }

        JsonNode json = Inspect([.. config, "--json"]).Json;
        Assert.Equal(
            ["schedule", "optimizer_lr", "warmup_steps", "monitor", "steps_per_epoch", "total_steps", "step", "epoch", "lr"], json.AsObject().Select(p => p.Key));
        Assert.Equal(rates, json["lr"]!.AsArray().Select(v => (double)v!));
        Assert.Equal(Enumerable.Range(1, rates.Count), json["step"]!.AsArray().Select(v => (int)v!));
        int perEpoch = (int)json["steps_per_epoch"]!;
        Assert.Equal(changes is ["trainer.limit_train_batches=3"] ? 2 : 3, perEpoch);
        Assert.Equal(Enumerable.Range(0, rates.Count).Select(i => (i / perEpoch) + 1), json["epoch"]!.AsArray().Select(v => (int)v!));
        Assert.Equal(("one_cycle", 0.03, 4, rates.Count), ((string)json["schedule"]!, (double)json["optimizer_lr"]!, (int)json["warmup_steps"]!, (int)json["total_steps"]!));
    }

    [Fact]
    public void The_curve_is_drawn_and_nothing_is_trained()
    {
        CommandOutput output = Inspect([.. TinyExperiment.TwelveSteps, .. Schedule]).Ends(0);
        string[] lines = output.Out.TrimEnd('\n').Split('\n');
        Assert.Equal("one_cycle  warmup of 4 steps, optimizer.lr 0.03000, 12 steps, 3 in an epoch", lines[0]);
        Assert.StartsWith("** lr  last 1.2000e-7, least 1.2000e-7, greatest 0.02916", lines[1], StringComparison.Ordinal);
        Assert.Equal(2 + 20 + 3, lines.Length);
        Assert.Equal("step", lines[^1].Trim());
        Assert.False(Directory.Exists(_project.Runs));
    }

    [Fact]
    public void A_schedule_of_a_monitored_value_says_how_it_is_drawn()
        => Assert.Contains("depends on val.accuracy. It is drawn", Inspect("schedule=reduce_on_plateau", "schedule.monitor=val.accuracy").Ends(0).Out, StringComparison.Ordinal);

    [Fact]
    public void Of_a_long_run_the_extremes_are_kept()
    {
        JsonNode json = Inspect("trainer.epochs=1000000", "loader.batch_size=3", "schedule=list", "schedule.values=[1,5,1]", "schedule.at=[0,1000,1003]", "optimizer.lr=0.5", "--json").Json;
        Assert.InRange(json["lr"]!.AsArray().Count, 1000, 4000);
        Assert.Equal(2.5, json["lr"]!.AsArray().Max(v => (double)v!));
        Assert.Equal((long)json["total_steps"]!, (long)json["step"]!.AsArray()[^1]!);
    }

    [Theory]
    [InlineData("schedule.at", "schedule=list", "schedule.at=[0]")]
    [InlineData("schedule.warmup_start_factor", "schedule.warmup_start_factor=1.5")]
    [InlineData("schedule.warmup_steps", "schedule.warmup_steps=-1")]
    [InlineData("schedule.t_0", "schedule=cosine_restarts", "schedule.t_0=0")]
    [InlineData("schedule.power", "schedule=polynomial", "schedule.power=0")]
    public void Invalid_options_are_refused(string where, params string[] config)
        => Assert.Contains(where, Inspect(config).Ends(2).Error, StringComparison.Ordinal);

    public void Dispose() => _project.Dispose();

    private CommandOutput Inspect(params string[] config) => _project.Do(["inspect", "schedule", $"data.root={_project.Data}", .. config]);
}
