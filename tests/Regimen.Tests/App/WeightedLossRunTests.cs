using System.Text;
using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Runs with weighted losses and ignored targets: resumed after any step, evaluated and verified; wrong weights are refused.</summary>
public sealed class WeightedLossRunTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Theory]
    [InlineData("objective.class_weights=balanced", "objective.label_smoothing=0.1", "objective.ignore_index=3")]
    [InlineData("objective=focal", "objective.alpha=balanced", "objective.gamma=1.5")]
    public void A_run_stopped_after_any_step_resumes_to_the_same_bits(params string[] loss)
    {
        using var runs = new TinyExperiment();
        string[] config = [.. TinyExperiment.TwelveSteps, "trainer.epochs=2", "data.limit=60", "data.stratify=false", .. loss];
        RunBits whole = RunBits.Of(runs.Train(config));
        foreach (int step in (int[])[1, 4, 6, 9])
        {
            string run = runs.TrainUntil(step, config);
            runs.Resume(run);
            whole.AssertEqual(RunBits.Of(run));
        }
    }

    [Fact]
    public void Balanced_weights_are_in_the_log_and_the_run_is_evaluated_and_verified()
    {
        _project.Train("objective.class_weights=balanced", "trainer.accumulate=2", "checkpoint.every_steps=2", "--quiet").Ends(0);
        Assert.Contains("objective: class_weights balanced: 0 ", File.ReadAllText(Path.Combine(_project.Run, "train.log")), StringComparison.Ordinal);
        Assert.Contains("class_weights: balanced", File.ReadAllText(Path.Combine(_project.Run, "config.yaml")), StringComparison.Ordinal);
        Assert.Contains("identical", _project.Do("verify", "latest").Ends(0).Out, StringComparison.Ordinal);
        double recorded = (double)JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!["test"]!["loss"]!;
        JsonNode evaluated = JsonNode.Parse(_project.Do("evaluate", "latest", "--json").Ends(0).Out)!;
        Assert.Equal(recorded, (double)(evaluated["loss"] ?? evaluated["test"]!["loss"])!);
    }

    [Fact]
    public void Weights_of_a_binary_task_are_balanced_by_the_classes()
    {
        _project.Folder.Write("points.csv", Encoding.UTF8.GetBytes("x,y,side\n" + string.Concat(Enumerable.Range(0, 90).Select(i => $"{i % 13},{i % 7},{(i % 13 > 9 ? "right" : "left")}\n"))));
        _project.Do("train", "data=csv", $"data.path={_project.Folder["points.csv"]}", "data.target=[side]", "objective=binary_cross_entropy", "objective.pos_weight=balanced", "trainer.epochs=2", "--quiet").Ends(0);
        Assert.Contains("objective: pos_weight balanced: right 3.", File.ReadAllText(Path.Combine(_project.Run, "train.log")), StringComparison.Ordinal);
        Assert.Contains("identical", _project.Do("verify", "latest").Ends(0).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("objective.class_weights=balancd", "balanced")]
    [InlineData("objective.class_weights=[1,2]", "10 numbers")]
    [InlineData("objective.class_weights=[1,-2]", "class_weights[1]")]
    [InlineData("objective.class_weights=[1,a]", "class_weights[1]")]
    [InlineData("objective.class_weights=[]", "list of numbers")]
    [InlineData("objective.class_weights=2", "list of numbers")]
    [InlineData("objective.class_weights=", "has no value")]
    [InlineData("objective.class_weights={a: 1}", "list of numbers")]
    [InlineData("objective.ignore_index=1.5", "whole number")]
    public void Wrong_weights_are_refused_before_the_run(string wrong, string word)
    {
        string error = _project.Train(wrong, "--quiet").Ends(2).Error;
        Assert.Contains(word, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.Runs));
    }

    [Fact]
    public void An_ignored_target_and_mixup_are_refused_together()
        => Assert.Contains("ignore_index", _project.Train("objective.ignore_index=3", "loader.mixup=0.2", "--quiet").Ends(2).Error, StringComparison.Ordinal);

    public void Dispose() => _project.Dispose();
}
