using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.FineTuning;
using Regimen.Optimization;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Training;

public sealed class AveragedTrainingTests
{
    [Fact]
    public void Steps_are_those_of_a_training_without_an_average()
    {
        (float[] losses, Pass _, string digest) = Run(average: null);
        (float[] averaged, Pass _, string other) = Run(new Ema { Decay = 0.9 });
        Assert.Equal(losses, averaged);
        Assert.NotEqual(digest, other);
    }

    [Fact]
    public void A_validation_is_of_the_averaged_weights_which_the_training_ends_with()
    {
        ArrayDataset validation = TinyData.Clusters(29, seed: 8);
        using TinyNet model = TinyNet.Seeded();
        var seen = new List<(string Digest, bool IsStep)>();
        var log = new EventLog(e =>
        {
            if (e is TrainEvent.StepTaken or TrainEvent.Validated or TrainEvent.EpochEnded or TrainEvent.Ended)
            {
                TrainingState state = e switch
                {
                    TrainEvent.StepTaken step => step.State,
                    TrainEvent.Validated validated => validated.State,
                    TrainEvent.EpochEnded ended => ended.State,
                    _ => ((TrainEvent.Ended)e).State,
                };
                seen.Add((Weights.Digest(state.Model), e is TrainEvent.StepTaken));
            }
        });
        TrainResult result = Fit(model, new Ema { Decay = 0.8 }, validation, log);
        EvaluationResult again = Evaluator.Evaluate(model, Objectives.CrossEntropy, validation);
        Assert.Equal(result.History.Last(Pass.Validation)!.Loss, again.Loss);
        Assert.Equal(seen[^1], seen[^2]);
        Assert.Equal(seen[^1].Digest, Weights.Digest(model));
        Assert.True(seen[^4].IsStep);
        Assert.NotEqual(seen[^4].Digest, seen[^1].Digest);
    }

    [Fact]
    public void The_best_averaged_weights_are_restored()
    {
        ArrayDataset validation = TinyData.Clusters(29, seed: 8);
        using TinyNet model = TinyNet.Seeded();
        string? best = null;
        var log = new EventLog(e =>
        {
            if (e is TrainEvent.Validated { Improved: true, State: var state })
            {
                best = Weights.Digest(state.Model);
            }
        });
        // No later loss is lower by the minimum delta.
        TrainResult result = Fit(model, new Ema { Decay = 0.8 }, validation, log, new EarlyStoppingOptions { MinDelta = 1e6, Patience = 9 });
        Assert.True(result.Restored);
        Assert.Equal(1, result.Best!.At.Epoch);
        Assert.Equal(best, Weights.Digest(model));
    }

    [Fact]
    public void Until_the_start_the_weights_are_the_trained_ones()
    {
        (float[] _, Pass plain, string digest) = Run(average: null);
        (float[] _, Pass late, string same) = Run(new Ema { StartEpoch = 4 });
        Assert.Equal((plain.Loss, digest), (late.Loss, same));
    }

    [Fact]
    public void Frozen_parameters_and_constant_buffers_keep_their_bits()
    {
        ArrayDataset data = TinyData.Clusters(53);
        using TinyNet model = TinyNet.Seeded();
        byte[] before = model.state_dict()["fc1.weight"].bytes.ToArray();
        new Trainer(new TrainOptions { Epochs = 3, Average = new Ema { Decay = 0.7 }, Freeze = [new FreezeRule { Match = "fc1.*" }] })
            .Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(0.1), data, batchSize: 16);
        Assert.Equal(before, model.state_dict()["fc1.weight"].bytes.ToArray());

        using var masked = new MaskedNet();
        byte[] mask = masked.state_dict()["mask"].bytes.ToArray();
        byte[] scale = masked.state_dict()["scale"].bytes.ToArray();
        new Trainer(new TrainOptions { Epochs = 3, Average = new Ema { Decay = 0.7 } }).Fit(masked, Objectives.CrossEntropy, Optimizers.AdamW(0.1), data, batchSize: 16);
        Assert.Equal(mask, masked.state_dict()["mask"].bytes.ToArray());
        Assert.Equal(scale, masked.state_dict()["scale"].bytes.ToArray());
    }

    [Fact]
    public void A_model_in_float64_is_averaged_like_one_in_float32()
    {
        ArrayDataset data = TinyData.Clusters(53);
        using var plain = new WideNet(ScalarType.Float32);
        using var wide = new WideNet(ScalarType.Float64);
        foreach (nn.Module model in new nn.Module[] { plain, wide })
        {
            new Trainer(new TrainOptions { Epochs = 3, Average = new Ema { Decay = 0.7, Every = 2 } }).Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), data, batchSize: 16);
        }

        using Tensor difference = plain.state_dict()["fc.weight"].to(ScalarType.Float64) - wide.state_dict()["fc.weight"];
        Assert.InRange(difference.abs().max().ToDouble(), 0, 1e-6);
    }

    [Fact]
    public void Averaging_leaves_no_tensors()
    {
        var counts = new List<long>();
        using var model = new WideNet(ScalarType.Float32);
        var log = new EventLog(e =>
        {
            if (e is TrainEvent.EpochEnded)
            {
                counts.Add(Tensors.SettledCount());
            }
        });
        Tensors.SettledCount();
        new Trainer(new TrainOptions { Epochs = 6, Average = new Swa { Every = 2 } }, [log])
            .Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(0.05), TinyData.Clusters(53), TinyData.Clusters(29), batchSize: 16);

        // Fewer are no fault: a thread of an earlier test may end only now.
        Assert.All(counts.Skip(2), count => Assert.InRange(count, 0, counts[1]));
    }

    [Fact]
    public void Options_out_of_bounds_are_refused()
    {
        using TinyNet model = TinyNet.Seeded();
        RequestException refusal = Assert.Throws<RequestException>(() => Fit(model, new Ema { Decay = 1, Every = 0 }, null, new EventLog()));
        Assert.Equal(2, refusal.Problems.Count);
    }

    private static (float[] Losses, Pass Validation, string Digest) Run(WeightAverage? average)
    {
        using TinyNet model = TinyNet.Seeded();
        var losses = new List<float>();
        TrainResult result = Fit(model, average, TinyData.Clusters(29, seed: 8), new EventLog(e =>
        {
            if (e is TrainEvent.StepTaken step)
            {
                losses.Add(step.Loss);
            }
        }));
        return ([.. losses], result.History.Last(Pass.Validation)!, Weights.Digest(model));
    }

    private static TrainResult Fit(nn.Module model, WeightAverage? average, ArrayDataset? validation, EventLog log, EarlyStoppingOptions? stopping = null)
        => new Trainer(new TrainOptions { Epochs = 3, Seed = 5, Average = average, EarlyStopping = stopping }, [log])
            .Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(0.05), TinyData.Clusters(53), validation, batchSize: 16);

    private sealed class MaskedNet : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear fc;

        public MaskedNet()
            : base(nameof(MaskedNet))
        {
            fc = nn.Linear(4, 3);
            RegisterComponents();
            register_buffer("mask", full(3, double.NegativeInfinity));
            register_buffer("scale", full(3, 0.1f));
        }

        public override Tensor forward(Tensor input) => fc.call(input);
    }

    private sealed class WideNet : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.BatchNorm1d norm;
        private readonly TorchSharp.Modules.Linear fc;

        public WideNet(ScalarType type)
            : base(nameof(WideNet))
        {
            TorchRandom.SeedInitialization(4);
            fc = nn.Linear(4, 3);
            norm = nn.BatchNorm1d(3);
            RegisterComponents();
            this.to(type);
        }

        public override Tensor forward(Tensor input) => norm.call(fc.call(input.to(fc.weight.dtype)));
    }
}
