using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Experiments;

/// <summary>The errors and fallbacks of resume. An error does not change the run.</summary>
public sealed class ResumeRefusalTests : IDisposable
{
    private readonly TinyExperiment _runs = new();

    [Theory]
    [InlineData("optimizer.lr=0.5", "`optimizer.lr` can't be changed")]
    [InlineData("seed=43", "`seed` can't be changed")]
    [InlineData("model=cnn", "more keys can't be changed")]
    [InlineData("trainer.epochs=1", "The run already has more epochs")]
    [InlineData("trainer.epoch=9", "trainer.epoch")]
    [InlineData("experiment=course_sgd", "can't be applied to a run's recorded config")]
    public void A_change_that_affects_the_result_is_an_error(string change, string message) => Refused(_runs.TrainUntil(4, TinyExperiment.TwelveSteps), message, change);

    [Theory]
    [InlineData("schedule=one_cycle")]
    [InlineData("schedule=cosine")]
    [InlineData("trainer.max_steps=12")]
    [InlineData("early_stopping=default", "early_stopping.min_delta=100", "early_stopping.patience=1")]
    public void More_epochs_are_an_error_if_an_extended_run_would_differ_from_a_longer_run(params string[] config)
        => Refused(_runs.Train([.. TinyExperiment.TwelveSteps, .. config]), "The number of epochs of this run can't be changed", "trainer.epochs=6");

    [Fact]
    public void A_run_with_a_cosine_of_fixed_length_can_be_extended()
        => _runs.Resume(_runs.Train([.. TinyExperiment.TwelveSteps, "schedule=cosine", "schedule.t_max=8"]), ["trainer.epochs=5"]);

    [Fact]
    public void A_run_that_has_ended_is_an_error_without_more_epochs()
        => Refused(_runs.Train(TinyExperiment.TwelveSteps), "The run has already ended", "checkpoint.keep=2");

    [Fact]
    public void An_edited_config_is_an_error()
    {
        string run = _runs.TrainUntil(4, TinyExperiment.TwelveSteps);
        string config = Path.Combine(run, "config.yaml");
        File.WriteAllText(config, File.ReadAllText(config).Replace("lr: 0.001", "lr: 0.002", StringComparison.Ordinal));
        Refused(run, "config.yaml differs from the config of the run: `optimizer.lr` differs");
    }

    [Fact]
    public void Changed_data_is_an_error()
    {
        string run = _runs.TrainUntil(4, TinyExperiment.TwelveSteps);
        string labels = Path.Combine(_runs.Data, "train-labels-idx1-ubyte");
        byte[] bytes = File.ReadAllBytes(labels);
        bytes[^300] ^= 1;
        File.WriteAllBytes(labels, bytes);
        Refused(run, "The data is not the data that the run was trained on");
    }

    [Fact]
    public void A_run_in_use_by_another_process_is_an_error()
    {
        string run = _runs.TrainUntil(4, TinyExperiment.TwelveSteps);
        using RunFolder other = RunFolder.Find(run, run, run);
        other.Lock();
        Refused(run, "Another process is using this run");
    }

    [Fact]
    public void The_newest_valid_checkpoint_is_used_if_newer_ones_are_damaged()
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "checkpoint.keep=9"];
        RunBits whole = RunBits.Of(_runs.Train(config));
        string run = _runs.TrainUntil(10, config);
        Flip(Path.Combine(run, "checkpoints", "epoch-0003", "model.safetensors"));
        File.Delete(Path.Combine(run, "checkpoints", "epoch-0004-step-000010", "training.safetensors"));
        _runs.Resume(run);
        whole.AssertEqual(RunBits.Of(run));
        RunResumed resumed = Assert.Single(RunManifest.Read(Path.Combine(run, "run.json")).Resumed);
        Assert.Equal(("epoch-0002", 2, 6L, RunStatus.Interrupted), (resumed.Checkpoint, resumed.Epoch, resumed.Step, resumed.From));
        string log = File.ReadAllText(Path.Combine(run, "train.log"));
        Assert.Contains("skipped a newer checkpoint", log, StringComparison.Ordinal);
        Assert.Contains("epoch-0003", log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_without_its_best_weights_is_not_used()
    {
        // No later loss is lower by the minimum delta, so the first epoch stays the best.
        string[] config = [.. TinyExperiment.TwelveSteps, "early_stopping=default", "early_stopping.min_delta=99", "early_stopping.patience=9"];
        string run = _runs.TrainUntil(8, config);
        Assert.Equal("epoch-0001", new CheckpointStore(Path.Combine(run, "checkpoints")).Index.Best);
        Flip(Path.Combine(run, "checkpoints", "epoch-0001", "model.safetensors"));
        Refused(run, "This run has no valid checkpoint");
    }

    [Fact]
    public void A_run_without_a_checkpoint_restarts_in_the_same_folder()
    {
        RunBits whole = RunBits.Of(_runs.Train(TinyExperiment.TwelveSteps));
        string run = _runs.Train(TinyExperiment.TwelveSteps, e =>
        {
            if (e is TrainEvent.StepTaken { State.At.Step: 2 })
            {
                throw new BreakOffException();
            }
        });
        Assert.False(Directory.Exists(Path.Combine(run, "checkpoints")));
        _runs.Resume(run);
        whole.AssertEqual(RunBits.Of(run));
        Assert.Null(Assert.Single(RunManifest.Read(Path.Combine(run, "run.json")).Resumed).Checkpoint);
    }

    [Fact]
    public void State_of_another_optimizer_or_model_is_an_error()
    {
        string mlp = _runs.TrainUntil(4, TinyExperiment.TwelveSteps);
        string sgd = _runs.TrainUntil(4, [.. TinyExperiment.TwelveSteps, "optimizer=sgd"]);
        string wide = _runs.TrainUntil(4, [.. TinyExperiment.TwelveSteps, "model.hidden=64"]);
        foreach (string other in new[] { sgd, wide })
        {
            string run = Copy(mlp);
            Directory.Delete(Path.Combine(run, "checkpoints"), recursive: true);
            CopyAll(Path.Combine(other, "checkpoints"), Path.Combine(run, "checkpoints"));
            Refused(run, "config.yaml differs from the config of the run");
        }
    }

    public void Dispose() => _runs.Dispose();

    private static void Flip(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^5] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }

    private static string Copy(string run)
    {
        string copy = $"{run}-copy-{Directory.GetDirectories(Path.GetDirectoryName(run)!).Length}";
        CopyAll(run, copy);
        return copy;
    }

    private static void CopyAll(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    /// <summary>Asserts that the resume is an error and that every file of the run is unchanged.</summary>
    private void Refused(string run, string message, params string[] changes)
    {
        Dictionary<string, string> before = Files(run);
        RequestException refusal = Assert.Throws<RequestException>(() => _runs.Resume(run, changes));
        Assert.Contains(message, string.Join('\n', refusal.Problems.Select(p => p.ToString())), StringComparison.Ordinal);
        Assert.Equal(before, Files(run));
    }

    private static Dictionary<string, string> Files(string run) => Directory.GetFiles(run, "*", SearchOption.AllDirectories)
        .Where(f => !f.EndsWith(".lock", StringComparison.Ordinal))
        .ToDictionary(f => f, f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))));
}
