using Regimen.Catalog;
using Regimen.Experiments;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Experiments;

/// <summary>Runs with averaged weights: stopped, killed, resumed and forked they end with the same bits in both sets of weights.</summary>
public sealed class AveragedRunTests : IDisposable
{
    private readonly TinyExperiment _runs = new();

    [Theory]
    [InlineData("average=ema", "model.norm=batch", "model.dropout=0.2")]
    [InlineData("average=ema", "average.every=2", "average.start_epoch=2", "early_stopping=default", "early_stopping.min_delta=1e6", "early_stopping.patience=9")]
    [InlineData("average=swa", "average.every=2", "average.batch_norm_batches=2", "model.norm=batch", "model.dropout=0.2", "trainer.validate_every_steps=2", "checkpoint.every_steps=2", "early_stopping=default", "early_stopping.patience=9")]
    [InlineData("average=swa", "model=cnn", "model.norm=batch", "data.validation_fraction=0", "transforms.train=[horizontal_flip]")]
    [InlineData("average=ema", "trainer.precision=bf16", "freeze=[fc1.*]", "checkpoint.every_steps=1")]
    public void A_resumed_run_has_the_bits_of_an_uninterrupted_one(params string[] changes)
    {
        string[] config = [.. TinyExperiment.TwelveSteps, .. changes];
        string whole = _runs.Train(config);
        RunBits expected = RunBits.Of(whole);

        // In the middle of epoch 2, after its last step, and by a failure that leaves an earlier checkpoint.
        string run = _runs.TrainUntil(4, config);
        _runs.ResumeUntil(run, 6);
        _runs.Resume(run, act: e => Break(e is TrainEvent.StepTaken { State.At.Step: 8 }));
        _runs.Resume(run);
        expected.AssertEqual(RunBits.Of(run));
        Assert.Empty(_runs.Verify(run).Findings);
    }

    [Theory]
    [InlineData("average=ema")]
    [InlineData("average=swa", "average.every=2", "model.norm=batch", "checkpoint.every_steps=4")]
    public void A_verification_compares_both_sets_of_weights(params string[] changes)
    {
        string run = _runs.TrainUntil(8, [.. TinyExperiment.TwelveSteps, "checkpoint.keep=9", .. changes]);
        Assert.Empty(_runs.Verify(run).Findings);
        foreach (bool isRaw in new[] { true, false })
        {
            string copy = Path.Combine(_runs.Runs, $"copy-{isRaw}");
            FolderCopy.Make(run, copy);
            Change(copy, isRaw);
            Problem found = Assert.Single(_runs.Verify(copy).Findings);
            Assert.StartsWith(isRaw ? "The weights of checkpoint epoch-0002" : "The averaged weights of checkpoint epoch-0002", found.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_resumed_resnet_has_the_bits_of_an_uninterrupted_one()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "takes 20 s: set REGIMEN_LONG=1");
        A_resumed_run_has_the_bits_of_an_uninterrupted_one("average=swa", "model=resnet18", "trainer.epochs=3");
        A_resumed_run_has_the_bits_of_an_uninterrupted_one("average=ema", "model=resnet18", "trainer.epochs=3");
    }

    [Fact]
    public void A_checkpoint_has_both_sets_and_without_an_average_only_one()
    {
        string run = _runs.Train([.. TinyExperiment.TwelveSteps, "average=ema"]);
        (CheckpointStore store, CheckpointEntry last) = Last(run);
        Assert.Equal(["model.safetensors", "raw.safetensors", "training.safetensors"], last.Sha256.Keys.Order(StringComparer.Ordinal));
        SafetensorsFile model = store.Read(last, "model.safetensors");
        SafetensorsFile raw = store.Read(last, "raw.safetensors");
        Assert.Equal(("averaged", "raw"), (model.Metadata["regimen.weights"], raw.Metadata["regimen.weights"]));
        Assert.Equal(last.WeightsDigest, WeightsDigest.Of(model));
        Assert.NotEqual(last.WeightsDigest, WeightsDigest.Of(raw));

        // The raw weights are those of the same run without an average.
        (CheckpointStore plainStore, CheckpointEntry plain) = Last(_runs.Train(TinyExperiment.TwelveSteps));
        Assert.Equal(["model.safetensors", "training.safetensors"], plain.Sha256.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(plain.WeightsDigest, WeightsDigest.Of(raw));
        Assert.DoesNotContain("regimen.weights", plainStore.Read(plain, "model.safetensors").Metadata.Keys);
    }

    [Fact]
    public void Either_set_of_weights_can_be_opened()
    {
        string run = _runs.Train([.. TinyExperiment.TwelveSteps, "average=ema"]);
        (CheckpointStore store, CheckpointEntry last) = Last(run);
        string folder = store.FolderOf(last);
        string raw = WeightsDigest.Of(store.Read(last, "raw.safetensors"));
        Assert.Equal(last.WeightsDigest, Digest(run, WeightSet.Final));
        Assert.Equal(last.WeightsDigest, Digest(run, WeightSet.Averaged));
        Assert.Equal(raw, Digest(run, WeightSet.Raw));
        Assert.Equal(raw, Digest(folder, WeightSet.Raw));
        Assert.Equal(raw, Digest(Path.Combine(folder, "raw.safetensors"), WeightSet.Final));
        Assert.Throws<RequestException>(() => Digest(Path.Combine(folder, "model.safetensors"), WeightSet.Raw));
        string plain = _runs.Train(TinyExperiment.TwelveSteps);
        Assert.Equal(Last(plain).Entry.WeightsDigest, Digest(plain, WeightSet.Raw));
        Assert.Contains("average=ema or swa", Assert.Throws<RequestException>(() => Digest(plain, WeightSet.Averaged)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_with_damaged_raw_weights_is_not_resumed_from()
    {
        RunBits whole = RunBits.Of(_runs.Train([.. TinyExperiment.TwelveSteps, "average=ema"]));
        string run = _runs.TrainUntil(4, [.. TinyExperiment.TwelveSteps, "average=ema"]);
        (CheckpointStore store, CheckpointEntry last) = Last(run);
        string file = Path.Combine(store.FolderOf(last), "raw.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^3] ^= 4;
        File.WriteAllBytes(file, bytes);
        Assert.Contains("The checkpoint is damaged", Assert.Throws<RequestException>(() => store.CheckBytes(last)).Message, StringComparison.Ordinal);
        Assert.Contains("The checkpoint is damaged", Assert.Throws<RequestException>(() => Digest(store.FolderOf(last), WeightSet.Raw)).Message, StringComparison.Ordinal);
        _runs.Resume(run);
        whole.AssertEqual(RunBits.Of(run));
        Assert.Contains("resumed from checkpoint epoch-0001", File.ReadAllText(Path.Combine(run, "train.log")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("epoch-0002", "average=ema", "model.norm=batch")]
    [InlineData("epoch-0003-step-000008", "average=swa", "average.every=2", "model.norm=batch", "checkpoint.every_steps=4")]
    public void A_fork_without_changes_ends_with_the_bits_of_the_uninterrupted_run(string checkpoint, params string[] changes)
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "checkpoint.keep=9", .. changes];
        string whole = _runs.Train(config);
        string fork = _runs.Fork(whole, checkpoint);
        RunBits expected = RunBits.Of(whole);
        RunBits received = RunBits.Of(fork);
        Assert.Equal((expected.Steps, expected.Digest, expected.Metrics, expected.State), (received.Steps, received.Digest, received.Metrics, received.State));
    }

    [Fact]
    public void A_fork_may_begin_an_average_but_not_end_one()
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "checkpoint.keep=9"];
        string parent = _runs.Train(config);
        string whole = _runs.Fork(parent, "epoch-0002", ["average=swa", "trainer.epochs=6"]);
        string killed = _runs.Fork(parent, "epoch-0002", ["average=swa", "trainer.epochs=6"], e => Break(e is TrainEvent.StepTaken { State.At.Step: 14 }));
        _runs.Resume(killed);
        RunBits.Of(whole).AssertEqual(RunBits.Of(killed));
        foreach (string change in new[] { "average=none", "average=ema" })
        {
            Assert.Contains("can't change the kind of its parent's average", Assert.Throws<RequestException>(() => _runs.Fork(whole, "last", [change, "trainer.epochs=9"])).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_training_can_start_from_the_averaged_weights_of_a_run()
    {
        string run = _runs.Train([.. TinyExperiment.TwelveSteps, "average=ema"]);
        string next = _runs.Train([.. TinyExperiment.TwelveSteps, $"init.from={run}"]);
        Assert.Equal(Last(run).Entry.WeightsDigest, RunManifest.Read(Path.Combine(next, "run.json")).Init!.Digest);
    }

    [Fact]
    public void A_run_of_an_earlier_version_without_the_key_resumes()
    {
        RunBits whole = RunBits.Of(_runs.Train(TinyExperiment.TwelveSteps));
        string run = _runs.TrainUntil(4, TinyExperiment.TwelveSteps);
        OldRuns.RemoveKeys(run, "average");
        _runs.Resume(run);
        whole.AssertEqual(RunBits.Of(run));
    }

    public void Dispose() => _runs.Dispose();

    private string Digest(string what, WeightSet weights)
    {
        using OpenModel model = TrainedModel.Find(what, _runs.Runs, _runs.Runs, weights).Open(ComponentCatalog.From());
        return Weights.Digest(model.Model);
    }

    /// <summary>Changes a weight of a checkpoint, with digests that fit.</summary>
    private static void Change(string run, bool isRaw)
    {
        var store = new CheckpointStore(Path.Combine(run, "checkpoints"), keep: 9);
        CheckpointEntry entry = store.Find("epoch-0002");
        using DisposeScope scope = NewDisposeScope();
        KeyValuePair<string, Tensor>[] model = [.. TensorSet.Of(store.Read(entry, "model.safetensors")).ByName];
        KeyValuePair<string, Tensor>[] raw = [.. TensorSet.Of(store.Read(entry, "raw.safetensors")).ByName];
        SafetensorsFile training = store.Read(entry, "training.safetensors");
        (isRaw ? raw : model)[0].Value.fill_(0.25f);
        using var content = new CheckpointContent(model, store.Read(entry, "model.safetensors").Metadata, [.. TensorSet.Of(training).ByName], training.Metadata) { Raw = raw };
        string? last = store.Index.Last;
        store.Save(new Progress(entry.Epoch, entry.Step), insideEpoch: false, store.Index.Best == entry.Name, content);
        (store.Index with { Checkpoints = [.. store.Index.Checkpoints.OrderBy(c => c.Step)], Last = last }).Write(Path.Combine(run, "checkpoints", "index.json"));
    }

    private static (CheckpointStore Store, CheckpointEntry Entry) Last(string run)
    {
        var store = new CheckpointStore(Path.Combine(run, "checkpoints"));
        return (store, store.Find("last"));
    }

    private static void Break(bool now)
    {
        if (now)
        {
            throw new BreakOffException();
        }
    }
}
