using System.Security.Cryptography;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Experiments;

/// <summary>A fork goes on from a checkpoint of another run, which stays as it is; killed and resumed it ends with the same bits.</summary>
public sealed class ForkTests : IDisposable
{
    private readonly TinyExperiment _runs = new();

    [Theory]
    [InlineData("epoch-0002", "schedule=cosine", "optimizer=sgd", "optimizer.momentum=0.9")]
    [InlineData("epoch-0003-step-000008", "checkpoint.every_steps=4", "model.norm=batch", "model.dropout=0.3")]
    [InlineData("epoch-0001", "early_stopping=default", "early_stopping.min_delta=1e6", "early_stopping.patience=3")]
    [InlineData("epoch-0003", "early_stopping=default", "early_stopping.min_delta=1e6", "early_stopping.patience=9")]
    [InlineData("last", "trainer.max_steps=11", "schedule=reduce_on_plateau", "schedule.patience=0", "schedule.threshold_mode=abs", "schedule.threshold=1e6")]
    public void A_fork_without_changes_ends_with_the_bits_of_the_uninterrupted_run_and_leaves_the_parent_as_it_is(string checkpoint, params string[] changes)
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "checkpoint.keep=9", .. changes];
        string whole = _runs.Train(config);
        string parent = checkpoint == "last" ? _runs.TrainUntil(7, config) : whole;
        Dictionary<string, string> before = Files(parent);
        string fork = _runs.Fork(parent, checkpoint);
        Assert.Equal(before, Files(parent));
        AssertSame(whole, fork);
    }

    [Theory]
    [InlineData("optimizer.lr=0.03", "trainer.epochs=6")]
    [InlineData("schedule=cosine", "trainer.epochs=5", "optimizer.weight_decay=0.2", "trainer.clip_norm=0.5")]
    [InlineData("optimizer.lr=0.02", "early_stopping=default", "early_stopping.patience=9", "checkpoint.every_steps=2", "trainer.validate_every_steps=2")]
    public void A_killed_fork_resumes_to_the_bits_of_one_that_was_not(params string[] changes)
    {
        string parent = _runs.Train([.. TinyExperiment.TwelveSteps, "checkpoint.keep=9"]);
        Dictionary<string, string> before = Files(parent);
        string whole = _runs.Fork(parent, "epoch-0002", changes);
        RunBits expected = RunBits.Of(whole);
        Assert.NotEqual(RunBits.Of(parent).Digest, expected.Digest);
        foreach (int step in new[] { 7, 10 })
        {
            // A failure leaves the newest checkpoint: that of the fork itself at first.
            string killed = _runs.Fork(parent, "epoch-0002", changes, e => Break(e is TrainEvent.StepTaken taken && taken.State.At.Step == step));
            _runs.Resume(killed);
            expected.AssertEqual(RunBits.Of(killed));
        }

        // A killed process leaves what it has given to the operating system.
        string[] known = Directory.GetDirectories(_runs.Runs);
        string copy = Path.Combine(_runs.Runs, "copy");
        _runs.Fork(parent, "epoch-0002", changes, e =>
        {
            if (e is TrainEvent.StepTaken { State.At.Step: 7 })
            {
                FolderCopy.Make(Directory.GetDirectories(_runs.Runs).Except(known).Single(), copy);
                Break(true);
            }
        });
        Assert.Equal(RunStatus.Running, RunManifest.Read(Path.Combine(copy, "run.json")).Status);
        _runs.Resume(copy);
        expected.AssertEqual(RunBits.Of(copy));

        string stopped = _runs.ForkUntil(8, parent, "epoch-0002", changes);
        _runs.ResumeUntil(stopped, 10);
        _runs.Resume(stopped);
        expected.AssertEqual(RunBits.Of(stopped));
        Assert.Equal(before, Files(parent));
    }

    [Fact]
    public void Lineage_history_and_losses_up_to_the_fork_are_in_its_record()
    {
        string parent = _runs.Train([.. TinyExperiment.TwelveSteps, "checkpoint.keep=9"]);
        string fork = _runs.Fork(parent, "epoch-0003", ["optimizer.lr=0.02", "trainer.epochs=7"]);
        RunFork record = RunManifest.Read(Path.Combine(fork, "run.json")).Fork!;
        Assert.Equal((Path.GetFileName(parent), "epoch-0003", 3, 9L), (record.Run, record.Checkpoint, record.Epoch, record.Step));
        Assert.Equal(new CheckpointStore(Path.Combine(parent, "checkpoints")).Find("epoch-0003").WeightsDigest, record.WeightsDigest);
        Assert.Equal(["metrics.jsonl", "model.safetensors", "steps.f32", "training.safetensors"], record.Sha256.Keys);
        Assert.Equal(["0.001", "0.02"], record.Changed["optimizer.lr"]);
        Assert.Equal(File.ReadAllBytes(Path.Combine(parent, "steps.f32"))[..36], File.ReadAllBytes(Path.Combine(fork, "steps.f32"))[..36]);
        Assert.Equal(7 * 3 * 4, new FileInfo(Path.Combine(fork, "steps.f32")).Length);
        Assert.Equal(File.ReadAllLines(Path.Combine(parent, "metrics.jsonl"))[..6], File.ReadAllLines(Path.Combine(fork, "metrics.jsonl"))[..6]);
        Assert.Contains("forked from ", File.ReadAllText(Path.Combine(fork, "train.log")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_fork_of_a_fork_does_not_need_its_grandparent()
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "checkpoint.keep=9"];
        string whole = _runs.Train(config);
        string first = _runs.Fork(whole, "epoch-0001");
        string second = _runs.Fork(first, "epoch-0003");
        AssertSame(whole, second);
        Assert.Equal(Path.GetFileName(first), RunManifest.Read(Path.Combine(second, "run.json")).Fork!.Run);
    }

    [Fact]
    public void What_does_not_fit_the_checkpoint_is_refused_and_leaves_nothing()
    {
        // No later loss is lower by the minimum delta, so that every validation counts as one without an improvement.
        string parent = _runs.Train([.. TinyExperiment.TwelveSteps, "checkpoint.keep=9", "early_stopping=default", "early_stopping.min_delta=99", "early_stopping.patience=9"]);
        Dictionary<string, string> before = Files(parent);
        foreach ((string change, string message) in new[]
        {
            ("optimizer=sgd", "`optimizer` can't be changed in a fork"),
            ("model=cnn", "`model` can't be changed in a fork"),
            ("objective.label_smoothing=0.1", "`objective` can't be changed in a fork"),
            ("early_stopping.monitor=val.accuracy", "can't change how the best weights are chosen"),
            ("model.hidden=9", "The weights of the checkpoint do not fit the model"),
            ("data.limit=28", "The data is not the data"),
            ("seed=43", "The data is not the data"),
            ("loader.batch_size=16", "another number of steps"),
            ("trainer.accumulate=1", "another number of steps"),
            ("trainer.epochs=2", "No step is left"),
            ("trainer.max_steps=6", "No step is left"),
            ("early_stopping.patience=1", "early stopping ends it there"),
            ("optimizer.beta=1", "Unknown key"),
        })
        {
            RequestException refusal = Assert.Throws<RequestException>(() => _runs.Fork(parent, "epoch-0002", [change]));
            Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, Files(parent));
        Assert.Equal([parent], Directory.GetDirectories(_runs.Runs));
    }

    [Fact]
    public void State_that_does_not_fit_the_optimizer_is_refused_and_leaves_no_folder()
    {
        string parent = _runs.Train([.. TinyExperiment.TwelveSteps, "checkpoint.keep=9", "optimizer=sgd"]);
        RequestException refusal = Assert.Throws<RequestException>(() => _runs.Fork(parent, "epoch-0002", ["optimizer.momentum=0.9"]));
        Assert.Contains("does not fit the optimizer", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([parent], Directory.GetDirectories(_runs.Runs));
    }

    [Fact]
    public void A_damaged_checkpoint_and_lost_best_weights_are_refused()
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "checkpoint.keep=9", "early_stopping=default", "early_stopping.min_delta=99", "early_stopping.patience=9"];
        string parent = _runs.Train(config);
        string file = Path.Combine(parent, "checkpoints", "epoch-0002", "model.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^5] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.Contains("The checkpoint is damaged", Assert.Throws<RequestException>(() => _runs.Fork(parent, "epoch-0002")).Message, StringComparison.Ordinal);
        var store = new CheckpointStore(Path.Combine(parent, "checkpoints"));
        store.Index.Without("epoch-0001").Write(Path.Combine(parent, "checkpoints", "index.json"));
        Assert.Contains("no longer available", Assert.Throws<RequestException>(() => _runs.Fork(parent, "epoch-0003")).Message, StringComparison.Ordinal);
        _runs.Fork(parent, "epoch-0003", ["early_stopping.restore_best=false"]);
        Assert.Contains("There is no checkpoint 'epoch-0009'", Assert.Throws<RequestException>(() => _runs.Fork(parent, "epoch-0009")).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _runs.Dispose();

    /// <summary>Compares what does not depend on when a run began: everything except TensorBoard's file and the log's lines before the fork.</summary>
    private static void AssertSame(string whole, string fork)
    {
        RunBits expected = RunBits.Of(whole);
        RunBits received = RunBits.Of(fork);
        Assert.EndsWith(received.TensorBoard.Split('\n')[^1], expected.TensorBoard, StringComparison.Ordinal);
        expected.AssertEqual(received with { TensorBoard = expected.TensorBoard, Log = expected.Log });
    }

    private static void Break(bool now)
    {
        if (now)
        {
            throw new BreakOffException();
        }
    }

    private static Dictionary<string, string> Files(string folder) => Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories).ToDictionary(
        path => path, path => Directory.Exists(path) ? "folder" : Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))));
}
