using System.Text.Json.Nodes;
using Regimen.Engine;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Runs;

public sealed class RunRecorderTests
{
    private static readonly TrainOptions ThreeEpochs = new() { Epochs = 3 };

    [Fact]
    public void A_run_writes_the_documented_files()
    {
        using var folder = new TemporaryFolder();
        using var run = new RecordedRun(folder.FullPath);
        run.Train(ThreeEpochs);
        string digest = Weights.Digest(run.Model.state_dict());
        RunManifest manifest = run.Recorder.Complete(digest);

        string[] names = [.. Directory.GetFileSystemEntries(run.Folder.FullPath).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)];
        Assert.Equal([".lock", "checkpoints", "config.yaml", "metrics.jsonl", "run.json", "steps.f32", "train.log"], names.Where(n => !n.StartsWith("events.", StringComparison.Ordinal)));
        Assert.Equal(8, names.Length);
        Assert.Equal(RecordedRun.Config, File.ReadAllText(run.Folder.ConfigFile));

        RunManifest written = RunManifest.Read(run.Folder.ManifestFile);
        Assert.Equal(manifest.Status, written.Status);
        Assert.Equal(
            (RunStatus.Finished, "all epochs completed", 3, 9L, digest), (written.Status, written.Reason, written.Epochs, written.Steps, written.WeightsDigest));
        Assert.NotNull(written.Ended);
        Pass validation = run.Log.Events.OfType<TrainEvent.Validated>().Last().Pass;
        Assert.Equal(validation.Loss, written.Val!["loss"]);
        Assert.Equal(validation.Metrics["accuracy"], written.Val["accuracy"]);
    }

    [Fact]
    public void The_duration_does_not_depend_on_clock_changes()
    {
        using var folder = new TemporaryFolder();
        StoppedClock clock = StoppedClock.AtNoon;
        using var run = new RecordedRun(folder.FullPath, time: clock);
        run.Train(ThreeEpochs, _ =>
        {
            clock.Now = clock.Now.AddHours(-37);
            clock.Passed += TimeSpan.FromSeconds(0.25);
        });
        RunManifest manifest = run.Recorder.Complete("x");
        Assert.Equal(0.25 * run.Log.Events.Count, manifest.Seconds);
        Assert.Equal(clock.Now.ToUniversalTime(), manifest.Ended);
    }

    [Fact]
    public void The_recorded_losses_are_those_of_the_steps_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        using var run = new RecordedRun(folder.FullPath);
        run.Train(ThreeEpochs);
        run.Recorder.Complete("x");
        Assert.Equal(9, run.Log.Losses.Length);
        Assert.Equal(run.Log.Losses, StepLossFile.ReadAll(run.Folder.StepsFile));
    }

    [Fact]
    public void Each_pass_is_a_row_in_the_metrics_and_an_event_for_TensorBoard()
    {
        using var folder = new TemporaryFolder();
        using var run = new RecordedRun(folder.FullPath);
        TrainResult result = run.Train(new TrainOptions { Epochs = 2, ValidateEverySteps = 2 });
        run.Recorder.RecordTest(result.History.Last(Pass.Validation)! with { Split = Pass.Test });
        RunManifest manifest = run.Recorder.Complete("x");
        run.Recorder.Dispose();

        IReadOnlyList<JsonObject> rows = MetricsFile.ReadAll(run.Folder.MetricsFile);
        Assert.Equal(
            ["1 2 val", "1 3 train", "1 3 val", "2 4 val", "2 6 train", "2 6 val", "2 6 test"], rows.Select(r => $"{r["epoch"]} {r["step"]} {r["split"]}"));
        Assert.Equal(result.History.Passes.Select(p => (p.At.Step, p.Split, p.Loss)).Order(), rows.Take(6).Select(r => ((long)r["step"]!, (string)r["split"]!, (double)r["loss"]!)).Order());
        Assert.Equal(result.History.Last(Pass.Validation)!.Loss, manifest.Test!["loss"]);

        IReadOnlyList<TensorBoardEvent> events = TensorBoardBytes.Read(Directory.GetFiles(run.Folder.FullPath, "events.*").Single());
        Assert.Equal(rows.Select(r => ((long)r["step"]!, $"loss/{r["split"]}")).Order(), events.Skip(1).Select(e => (e.Step, e.Values[0].Tag)).Order());
    }

    [Fact]
    public void The_log_has_config_architecture_epochs_and_end_in_this_order()
    {
        using var folder = new TemporaryFolder();
        using var run = new RecordedRun(folder.FullPath);
        run.Train(ThreeEpochs);
        run.Recorder.Complete("thedigest");
        run.Recorder.Dispose();
        string log = File.ReadAllText(run.Folder.LogFile);
        int at = -1;
        foreach (string text in new[]
        {
            "run 2026-11-23_12-03-22_clusters-tiny", "\n  name: tiny", "seed 18446744073709551615", "git commit 0123456789abcdef0123456789abcdef01234567, with", "  of two layers",
            "at most 3 epochs of 3 steps (48 samples), 9 steps in all", "epoch 1, step 3, train: loss ", "epoch 1, step 3, val: loss ", "checkpoint epoch-0001",
            "epoch 3, step 9, val", "training ended after epoch 3, step 9: all epochs completed", "thedigest", "Finished",
        })
        {
            int next = log.IndexOf(text, at + 1, StringComparison.Ordinal);
            Assert.True(next > at, $"'{text}' is missing or in the wrong place:\n{log}");
            at = next;
        }
    }

    [Fact]
    public void The_best_and_last_checkpoints_hold_the_weights_of_their_step()
    {
        using var folder = new TemporaryFolder();
        using var run = new RecordedRun(folder.FullPath);
        var digests = new Dictionary<long, string>();
        run.Train(new TrainOptions { Epochs = 4 }, e =>
        {
            if (e is TrainEvent.EpochEnded ended)
            {
                digests[ended.State.At.Epoch] = Weights.Digest(ended.State.Model.state_dict());
            }
        });
        run.Recorder.Complete("x");
        TrainEvent.EpochEnded best = run.Log.Events.OfType<TrainEvent.EpochEnded>().Last(e => e.Improved);
        CheckpointStore store = run.Checkpoints;
        Assert.Equal("epoch-0004", store.Find("last").Name);
        Assert.Equal($"epoch-{best.Train.At.Epoch:0000}", store.Find("best").Name);
        Assert.All(store.Index.Checkpoints, c => Assert.Equal(digests[c.Epoch], WeightsDigest.Of(store.Read(c, CheckpointStore.ModelFile))));
        Assert.Equal(store.Index.Best, $"epoch-{RunManifest.Read(run.Folder.ManifestFile).BestEpoch:0000}");
    }

    [Fact]
    public void A_checkpoint_holds_the_state_needed_to_resume()
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var run = new RecordedRun(folder.FullPath);
        var expected = new Dictionary<string, float[]>();
        TrainResult result = run.Train(ThreeEpochs, e =>
        {
            if (e is TrainEvent.EpochEnded { State: var state })
            {
                expected = state.Optimizer.State
                    .SelectMany(s => state.Optimizer.Parameters.Ranges.Select(r => KeyValuePair.Create($"{s.Key}.{r.Name}", Floats(r.View(s.Value)))))
                    .ToDictionary();
            }
        });
        run.Recorder.Complete("x");

        SafetensorsFile training = run.Checkpoints.Read(run.Checkpoints.Find("last"), CheckpointStore.TrainingFile);
        Assert.Equal(
            from s in new[] { "exp_avg", "exp_avg_sq" } from p in new[] { "fc1.bias", "fc1.weight", "fc2.bias", "fc2.weight" } select $"{s}.{p}",
            training.Entries.Select(e => e.Name).Order(StringComparer.Ordinal));
        Assert.Equal([8, 4], training.Entry("exp_avg.fc1.weight").Shape);
        Assert.All(training.Entries, e => Assert.Equal(expected[e.Name], Floats(training.ToTensor(e))));
        Assert.Equal(("2", "3", "9"), (training.Metadata["format_version"], training.Metadata["epoch"], training.Metadata["step"]));
        using ResumePoint point = CheckpointReader.Read(run.Checkpoints, run.Checkpoints.Find("last"), needsBest: false);
        Assert.Equal(result.History.Passes.Select(p => (p.At, p.Split, p.Loss, p.Seconds)), point.History.Passes.Select(p => (p.At, p.Split, p.Loss, p.Seconds)));
        JsonNode best = JsonNode.Parse(training.Metadata["best"])!;
        Assert.Equal((result.Best!.At.Step, result.Best.Value), ((long)best["step"]!, (double)best["value"]!));
        Assert.Equal("3", run.Checkpoints.Read(run.Checkpoints.Find("last"), CheckpointStore.ModelFile).Metadata["classes"]);
    }

    [Fact]
    public void An_interrupted_run_has_a_checkpoint_of_its_last_step()
    {
        using var folder = new TemporaryFolder();
        using var run = new RecordedRun(folder.FullPath);
        using var stop = new CancellationTokenSource();
        string? digest = null;
        run.Train(
            ThreeEpochs,
            e =>
            {
                if (e is TrainEvent.StepTaken { State: { At.Step: 5 } state })
                {
                    digest = Weights.Digest(state.Model.state_dict());
                    stop.Cancel();
                }
            },
            stop.Token);
        run.Recorder.Complete(digest!);
        Assert.Equal(RunStatus.Interrupted, RunManifest.Read(run.Folder.ManifestFile).Status);
        CheckpointEntry last = run.Checkpoints.Find("last");
        Assert.Equal(("epoch-0002-step-000005", 2, 5L, digest), (last.Name, last.Epoch, last.Step, last.WeightsDigest));
        Assert.Equal(run.Log.Losses, StepLossFile.ReadAll(run.Folder.StepsFile));
        Assert.Equal(5, run.Log.Losses.Length);
    }

    [Fact]
    public void Checkpoints_inside_an_epoch_are_written_every_N_steps_and_once_at_its_end()
    {
        using var folder = new TemporaryFolder();
        using var run = new RecordedRun(folder.FullPath, new CheckpointOptions { Keep = 99, EverySteps = 1 });
        run.Train(new TrainOptions { Epochs = 2 });
        run.Recorder.Complete("x");
        Assert.Equal(
            ["epoch-0001-step-000001", "epoch-0001-step-000002", "epoch-0001", "epoch-0002-step-000004", "epoch-0002-step-000005", "epoch-0002"],
            run.Checkpoints.Index.Checkpoints.Select(c => c.Name));
    }

    [Fact]
    public void A_checkpoint_of_a_validated_step_holds_the_validation()
    {
        using var folder = new TemporaryFolder();
        using var run = new RecordedRun(folder.FullPath, new CheckpointOptions { Keep = 99, EverySteps = 2 });

        // No loss improves on the first one by this much.
        var watch = new EarlyStoppingOptions { MinDelta = 1e6, Patience = 99 };
        run.Train(new TrainOptions { Epochs = 2, ValidateEverySteps = 2, EarlyStopping = watch });
        run.Recorder.Complete("x");
        Assert.Equal([true, false, false, false], run.Log.Events.OfType<TrainEvent.Validated>().Select(e => e.Improved));
        Assert.Equal(["epoch-0001-step-000002", "epoch-0001", "epoch-0002-step-000004", "epoch-0002"], run.Checkpoints.Index.Checkpoints.Select(c => c.Name));
        Assert.Equal("epoch-0001-step-000002", run.Checkpoints.Index.Best);
        foreach (CheckpointEntry entry in run.Checkpoints.Index.Checkpoints)
        {
            using ResumePoint point = CheckpointReader.Read(run.Checkpoints, entry, needsBest: false);
            Assert.Contains(point.History.Passes, pass => pass.Split == Pass.Validation && pass.At.Step == entry.Step);
        }
    }

    [Fact]
    public void A_checkpoint_that_is_due_is_written_even_if_the_next_step_fails()
    {
        using var folder = new TemporaryFolder();
        using (var run = new RecordedRun(folder.FullPath, new CheckpointOptions { EverySteps = 2 }))
        {
            Assert.Throws<InvalidOperationException>(() => run.Train(ThreeEpochs, e =>
            {
                if (e is TrainEvent.StepTaken { State.At.Step: 2 })
                {
                    throw new InvalidOperationException();
                }
            }));
            run.Recorder.Fail("it broke");
            run.Recorder.Dispose();
            Assert.Equal("epoch-0001-step-000002", run.Checkpoints.Find("last").Name);
            RunManifest manifest = RunManifest.Read(run.Folder.ManifestFile);
            Assert.Equal((RunStatus.Failed, "it broke"), (manifest.Status, manifest.Error));
            Assert.NotNull(manifest.Ended);
            Assert.Equal(2, StepLossFile.ReadAll(run.Folder.StepsFile).Length);
        }
    }

    [Fact]
    public void A_full_disk_ends_the_run_without_the_status_finished()
    {
        using var disk = TinyDisk.Mount();
        using var run = new RecordedRun(disk["runs"]);
        WorkFailedException failure = Assert.Throws<WorkFailedException>(() =>
        {
            run.Train(new TrainOptions { Epochs = 50 }, e =>
            {
                if (e is TrainEvent.EpochEnded { State.At.Epoch: 3 })
                {
                    disk.Fill();
                }
            });
            run.Recorder.Complete("x");
        });
        run.Recorder.Fail(failure.Message);
        run.Recorder.Dispose();
        Assert.StartsWith(run.Folder.FullPath, failure.Problem.Where, StringComparison.Ordinal);
        Assert.Contains("Free space", failure.Problem.Hint, StringComparison.Ordinal);
        Assert.Contains(RunManifest.Read(run.Folder.ManifestFile).Status, new[] { RunStatus.Running, RunStatus.Failed });
        CheckpointEntry last = run.Checkpoints.Find("last");
        Assert.Equal(last.WeightsDigest, WeightsDigest.Of(run.Checkpoints.Read(last, CheckpointStore.ModelFile)));
    }

    [Fact]
    public void A_failure_is_recorded_even_if_no_checkpoint_can_be_written()
    {
        using var folder = new TemporaryFolder();
        using var run = new RecordedRun(folder.FullPath);
        Directory.CreateDirectory(run.Folder.CheckpointsFolder);
        using (TinyDisk disk = TinyDisk.MountAt(run.Folder.CheckpointsFolder))
        {
            Assert.Throws<WorkFailedException>(() => run.Train(new TrainOptions { Epochs = 50 }, e =>
            {
                if (e is TrainEvent.StepTaken { State.At.Step: 4 })
                {
                    WaitForCheckpoint(run, "epoch-0001");
                    disk.Fill();
                }
            }));
            run.Recorder.Fail("it broke");
            run.Recorder.Dispose();
            RunManifest manifest = RunManifest.Read(run.Folder.ManifestFile);
            Assert.Equal((RunStatus.Failed, "it broke"), (manifest.Status, manifest.Error));
            string log = File.ReadAllText(run.Folder.LogFile);
            Assert.Contains("ERR it broke", log, StringComparison.Ordinal);
            Assert.DoesNotContain("checkpoint epoch-0002", log, StringComparison.Ordinal);
            Assert.Contains("checkpoint epoch-0001", log, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_training_resumed_into_a_new_run_keeps_its_history()
    {
        using var folder = new TemporaryFolder();
        using var first = new RecordedRun(folder.FullPath);
        first.Train(new TrainOptions { Epochs = 2 });
        first.Recorder.Complete("x");
        using ResumePoint from = CheckpointReader.Read(first.Checkpoints, first.Checkpoints.Find("last"), needsBest: false);
        using var second = new RecordedRun(folder.FullPath);
        TrainResult result = second.TrainFrom(from, ThreeEpochs);
        second.Recorder.Complete("x");
        using ResumePoint after = CheckpointReader.Read(second.Checkpoints, second.Checkpoints.Find("last"), needsBest: false);
        Assert.Equal(6, after.History.Passes.Count);
        Assert.Equal(result.History.Passes.Select(p => (p.At, p.Split, p.Loss)), after.History.Passes.Select(p => (p.At, p.Split, p.Loss)));
    }

    [Fact]
    public void Removing_the_run_folder_fails_the_run_and_does_not_create_it_again()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not remove open files.");
        using var folder = new TemporaryFolder();
        using var run = new RecordedRun(folder.FullPath);
        WorkFailedException failure = Assert.Throws<WorkFailedException>(() => run.Train(ThreeEpochs, e =>
        {
            if (e is TrainEvent.StepTaken { State.At.Step: 8 })
            {
                WaitForCheckpoint(run, "epoch-0002");
                Directory.Delete(run.Folder.FullPath, recursive: true);
            }
        }));
        run.Recorder.Fail(failure.Message);
        run.Recorder.Dispose();
        Assert.Contains("was removed", failure.Problem.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullPath));
    }

    [Fact]
    public void Recording_leaks_no_native_tensor()
    {
        using var folder = new TemporaryFolder();
        using var run = new RecordedRun(folder.FullPath, new CheckpointOptions { EverySteps = 2 });
        long before = 0;
        run.Train(new TrainOptions { Epochs = 6, ValidateEverySteps = 2 }, e =>
        {
            if (e is TrainEvent.Started)
            {
                before = Tensors.SettledCount();
            }
        });
        run.Recorder.Complete("x");
        run.Recorder.Dispose();

        // At the end the optimizer and the gradients are freed too: at most as many tensors remain as before the first step.
        Tensors.AssertNoneLeaked(before);
    }

    [Fact]
    public void A_failed_checkpoint_is_reported_at_the_next_one_and_its_copies_are_freed()
    {
        using var folder = new TemporaryFolder();
        using var run = new RecordedRun(folder.FullPath);
        long tensors = 0;
        Assert.Throws<WorkFailedException>(() => run.Train(new TrainOptions { Epochs = 50 }, e =>
        {
            if (e is TrainEvent.Started)
            {
                tensors = Tensors.SettledCount();
                File.WriteAllBytes(run.Folder.CheckpointsFolder, []);
            }
        }));
        run.Recorder.Dispose();
        Tensors.AssertNoneLeaked(tensors);
        Assert.Equal(6, run.Log.Losses.Length);
    }

    /// <summary>Waits for a checkpoint, which another thread writes.</summary>
    private static void WaitForCheckpoint(RecordedRun run, string name)
        => Assert.True(SpinWait.SpinUntil(() => run.Checkpoints.Index.Last == name && !Directory.Exists(Path.Combine(run.Folder.CheckpointsFolder, ".unfinished-" + name)), TimeSpan.FromMinutes(1)));

    private static float[] Floats(Tensor tensor) => TensorMemory.Span<float>(tensor).ToArray();
}
