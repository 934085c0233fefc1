using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Evaluation;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;
using static TorchSharp.torch;

namespace Regimen.Tests.Recording;

/// <summary>Tests the run folder of a bare module: recorded, killed, resumed, verified.</summary>
public sealed class RunRecorderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_run_has_the_files_of_a_run_and_its_test()
    {
        using var recorder = new RunRecorder(_folder["runs"], "tiny");
        Assert.Null(recorder.Folder);
        using TinyNet model = TinyNet.Seeded(drop: 0.2);
        TrainResult result = Fit(model, [recorder]);
        EvaluationResult test = Evaluator.Evaluate(model, Objectives.CrossEntropy, TinyData.Clusters(29, seed: 3), cancellationToken: TestContext.Current.CancellationToken);
        recorder.RecordTest(test);

        string run = Directory.GetDirectories(_folder["runs"]).Single();
        Assert.Equal(run, recorder.Folder);
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!;
        Assert.Equal(("finished", "TinyNet", "ArrayDataset", result.At.Step), ((string?)manifest["status"], (string?)manifest["model"], (string?)manifest["data"], (long)manifest["steps"]!));
        Assert.Equal(Weights.Digest(model), (string?)manifest["weights_digest"]);
        Assert.Equal(test.Loss, (double)manifest["test"]!["loss"]!);
        Assert.NotNull((string?)manifest["program"]);
        Assert.Equal(result.At.Step * sizeof(float), new FileInfo(Path.Combine(run, "steps.f32")).Length);
        Assert.Contains("lr: 0.3", File.ReadAllText(Path.Combine(run, "config.yaml")), StringComparison.Ordinal);
        Assert.Contains("\"split\":\"test\"", File.ReadAllText(Path.Combine(run, "metrics.jsonl")), StringComparison.Ordinal);
    }

    /// <summary>Killed processes are in RecordedProgramTests.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(11)]
    [InlineData(17)]
    public void An_interrupted_training_resumes_to_the_bits_of_an_uninterrupted_one(long step)
    {
        using TinyNet whole = TinyNet.Seeded(drop: 0.2);
        var expected = new EventLog();
        TrainResult undisturbed = Fit(whole, [expected]);

        string run = Interrupted(step);
        using RunRecorder resumed = RunRecorder.Resume(run);
        using TinyNet again = TinyNet.Seeded(seed: 77, drop: 0.2);
        var log = new EventLog();
        TrainResult result = Fit(again, [resumed, log], from: resumed.From);
        Assert.Equal(Weights.Digest(whole), Weights.Digest(again));
        Assert.Equal(expected.Losses[(int)step..], log.Losses);
        Assert.Equal(expected.Losses, StepLossFile.ReadAll(Path.Combine(run, "steps.f32")));
        Assert.Equal((undisturbed.At, undisturbed.Best), (result.At, result.Best));
        resumed.Dispose();
        Assert.Contains("has already ended", Assert.Throws<RequestException>(() => RunRecorder.Resume(run)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_settings_and_other_data_are_refused_and_the_record_stays()
    {
        string run = Interrupted();
        byte[] before = File.ReadAllBytes(Path.Combine(run, "run.json"));
        using (RunRecorder recorder = RunRecorder.Resume(run))
        using (TinyNet model = TinyNet.Seeded(drop: 0.2))
        {
            RequestException refused = Assert.Throws<RequestException>(() => Fit(model, [recorder], recorder.From, lr: 0.2, seed: 5));
            Assert.Equal(["seed", "optimizer.lr"], refused.Problems.Select(p => p.Where));
        }

        using (RunRecorder recorder = RunRecorder.Resume(run))
        using (TinyNet model = TinyNet.Seeded(drop: 0.2))
        {
            Assert.Contains("The data is not the data that the run was trained on", Assert.Throws<RequestException>(() => Fit(model, [recorder], recorder.From, dataSeed: 8)).Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, File.ReadAllBytes(Path.Combine(run, "run.json")));
    }

    [Fact]
    public void A_record_without_the_key_of_portable_bits_is_of_a_run_of_the_machine()
    {
        Assert.Empty(TrainingSettings.Differences(Trainer("""{"epochs": 3}"""), Trainer("""{"epochs": 3, "bits": "machine"}""")));
        Assert.Equal("trainer.bits", Assert.Single(TrainingSettings.Differences(Trainer("""{"epochs": 3}"""), Trainer("""{"epochs": 3, "bits": "portable"}"""))).Where);
        Assert.Single(TrainingSettings.Differences(Trainer("""{"bits": "machine"}"""), Trainer("""{"bits": "portable"}""")));

        static JsonObject Trainer(string json) => new() { ["trainer"] = JsonNode.Parse(json) };
    }

    [Fact]
    public void A_record_without_the_keys_of_a_warmup_is_of_a_run_without_one()
    {
        JsonObject recorded = Schedule("""{"name": "CosineSchedule", "t_max": null}""");
        Assert.Empty(TrainingSettings.Differences(recorded, Schedule("""{"name": "CosineSchedule", "t_max": null, "warmup_steps": 0, "warmup_start_factor": null}""")));
        Assert.Equal("schedule.warmup_steps", Assert.Single(TrainingSettings.Differences(recorded, Schedule("""{"name": "CosineSchedule", "t_max": null, "warmup_steps": 3}"""))).Where);
        Assert.Equal("schedule.t_max", Assert.Single(TrainingSettings.Differences(recorded, Schedule("""{"name": "CosineSchedule", "t_max": 0}"""))).Where);

        static JsonObject Schedule(string json) => new() { ["schedule"] = JsonNode.Parse(json) };
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(6, true)]
    public void Epochs_may_be_added_and_not_taken_back(int epochs, bool isPossible)
    {
        string run = Interrupted();
        using RunRecorder recorder = RunRecorder.Resume(run);
        using TinyNet model = TinyNet.Seeded(drop: 0.2);
        if (isPossible)
        {
            Assert.Equal(epochs, Fit(model, [recorder], recorder.From, epochs: epochs).At.Epoch);
        }
        else
        {
            Assert.Equal("trainer.epochs", Assert.Single(Assert.Throws<RequestException>(() => Fit(model, [recorder], recorder.From, epochs: epochs)).Problems).Where);
        }
    }

    [Fact]
    public void A_missing_metric_and_a_surplus_row_are_differences()
    {
        using (var recorder = new RunRecorder(_folder["runs"], "tiny"))
        using (TinyNet model = TinyNet.Seeded(drop: 0.2))
        {
            Fit(model, [recorder]);
        }

        string run = Directory.GetDirectories(_folder["runs"]).Single();
        string metrics = Path.Combine(run, "metrics.jsonl");
        string[] rows = File.ReadAllLines(metrics);
        File.WriteAllLines(metrics, rows.Append(rows[^1]));
        Assert.Contains(Verified(run).Differences, d => d.Message == "The record has a pass that the training did not make");
        File.WriteAllLines(metrics, rows.Select(r => r.Replace("\"accuracy\"", "\"other\":1,\"accuracy\"", StringComparison.Ordinal)));
        Assert.Contains(Verified(run).Differences, d => d.Message == "A pass differs");

        static RunVerifier Verified(string run)
        {
            var verifier = new RunVerifier(run);
            using TinyNet model = TinyNet.Seeded(drop: 0.2);
            Fit(model, [verifier]);
            Assert.False(verifier.IsIdentical);
            return verifier;
        }
    }

    [Fact]
    public void A_training_that_does_not_begin_where_the_record_ends_is_refused_and_the_record_stays()
    {
        string run = Interrupted();
        byte[] losses = File.ReadAllBytes(Path.Combine(run, "steps.f32"));
        using RunRecorder resumed = RunRecorder.Resume(run);
        using TinyNet model = TinyNet.Seeded(drop: 0.2);
        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => Fit(model, [resumed])).Problems);
        Assert.Equal(("the first step", $"{resumed.From!.At}"), (problem.Received, problem.Expected));
        Assert.Equal(losses, File.ReadAllBytes(Path.Combine(run, "steps.f32")));

        using var begun = new RunRecorder(_folder["runs"], "other");
        Assert.Throws<RequestException>(() => Fit(model, [begun], resumed.From));
        Assert.Null(begun.Folder);
        Assert.Single(Directory.GetDirectories(_folder["runs"]));
    }

    [Fact]
    public void A_second_process_on_the_folder_is_refused()
    {
        string run = Interrupted();
        using RunRecorder first = RunRecorder.Resume(run);
        Assert.Throws<RequestException>(() => RunRecorder.Resume(run));
    }

    [Fact]
    public void An_exception_is_in_the_record_and_the_run_resumes()
    {
        using (var recorder = new RunRecorder(_folder["runs"], "tiny", new CheckpointOptions { EverySteps = 3 }))
        using (TinyNet model = TinyNet.Seeded(drop: 0.2))
        {
            Assert.Throws<InvalidTimeZoneException>(() => Fit(model, [recorder, new EventLog(e =>
            {
                if (e is TrainEvent.StepTaken { State.At.Step: 8 })
                {
                    throw new InvalidTimeZoneException("of step 8");
                }
            })]));
        }

        string run = Directory.GetDirectories(_folder["runs"]).Single();
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!;
        Assert.Equal(("failed", "of step 8"), ((string?)manifest["status"], (string?)manifest["error"]));
        using RunRecorder resumed = RunRecorder.Resume(Path.Combine(_folder["runs"], "latest"));
        Assert.Equal(6, resumed.From!.At.Step);
    }

    [Fact]
    public void A_training_is_verified_against_its_record_and_a_difference_is_found()
    {
        using (var recorder = new RunRecorder(_folder["runs"], "tiny"))
        using (TinyNet model = TinyNet.Seeded(drop: 0.2))
        {
            Fit(model, [recorder]);
        }

        string run = Directory.GetDirectories(_folder["runs"]).Single();
        var same = new RunVerifier(run);
        using TinyNet again = TinyNet.Seeded(drop: 0.2);
        TrainResult result = Fit(again, [same]);
        Assert.Empty(same.Differences);
        Assert.True(same.IsIdentical);
        Assert.Equal(result.At.Step, same.EqualSteps);

        var other = new RunVerifier(run);
        using TinyNet different = TinyNet.Seeded(seed: 2, drop: 0.2);
        Fit(different, [other]);
        Assert.False(other.IsIdentical);
        Assert.Equal("epoch 1, step 1", other.Differences[0].Where);
        Assert.Contains(other.Differences, d => d.Message == "The weights at the end differ");
    }

    [Theory]
    [InlineData("resume")]
    [InlineData("verify")]
    [InlineData("evaluate")]
    public void The_commands_refuse_a_program_s_run_and_say_why(string command)
    {
        string run = Interrupted();
        using var project = new ProjectFolder();
        Assert.Contains("recorded by the program", project.Do(command, run).Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("TinyNet", project.Do("runs", "show", run).Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_a_checkpoint_can_not_hold_is_refused_before_the_first_step()
    {
        using var recorder = new RunRecorder(_folder["runs"], "counts");
        using var model = new Counting();
        var trainer = new Trainer(new TrainOptions(), [recorder]);
        RequestException refused = Assert.Throws<RequestException>(() => trainer.Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), TinyData.Clusters(20)));
        Assert.Contains("Training changes a buffer that is not saved in checkpoints", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    [Fact]
    public void A_refused_training_leaves_no_folder()
    {
        using var recorder = new RunRecorder(_folder["runs"], "tiny");
        using TinyNet model = TinyNet.Seeded();
        Assert.Throws<RequestException>(() => new Trainer(new TrainOptions(), [recorder]).Fit(model, Objectives.Mse, Optimizers.Sgd(0.1), TinyData.Clusters(20)));
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    public void Dispose() => _folder.Dispose();

    private string Interrupted(long step = 7)
    {
        using var stop = new CancellationTokenSource();
        using (var recorder = new RunRecorder(_folder["runs"], "tiny"))
        using (TinyNet model = TinyNet.Seeded(drop: 0.2))
        {
            Fit(model, [recorder, new EventLog(e =>
            {
                if (e is TrainEvent.StepTaken { State.At.Step: var at } && at == step)
                {
                    stop.Cancel();
                }
            })], cancellationToken: stop.Token);
        }

        return Directory.GetDirectories(_folder["runs"]).Single();
    }

    private static TrainResult Fit(
        TinyNet model, IReadOnlyList<ITrainObserver> observers, ResumePoint? from = null, double lr = 0.3, ulong seed = 42, ulong dataSeed = 7, int epochs = 4, CancellationToken cancellationToken = default)
    {
        var options = new TrainOptions { Epochs = epochs, Seed = seed, EarlyStopping = new EarlyStoppingOptions { Patience = 3 } };
        var data = new DataSplits { Train = TinyData.Clusters(31, seed: dataSeed), Validation = TinyData.Clusters(17, seed: 9) };
        return new Trainer(options, observers).Fit(
            model, Objectives.CrossEntropy, Optimizers.Sgd(lr, momentum: 0.9), data, new LoaderOptions { BatchSize = 7 }, from, cancellationToken);
    }

    /// <summary>A model whose forward changes a buffer that is not saved.</summary>
    private sealed class Counting : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear fc = nn.Linear(4, 3);
        private readonly Tensor calls = zeros(1);

        public Counting()
            : base(nameof(Counting))
        {
            register_buffer("calls", calls, persistent: false);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using IDisposable noGrad = no_grad();
            using Tensor one = ones(1);
            calls.add_(one);
            return fc.call(input);
        }
    }
}
