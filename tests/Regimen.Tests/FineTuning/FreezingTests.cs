using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Recording;
using Regimen.Tests.TestKit;
using Regimen.Training;
using static TorchSharp.torch;

namespace Regimen.Tests.FineTuning;

public sealed class FreezingTests
{
    private const int Samples = 53;
    private const int Batch = 16;
    private const int StepsPerEpoch = 4;

    [Theory]
    [InlineData("sgd")]
    [InlineData("adamw")]
    [InlineData("rmsprop")]
    public void A_frozen_layer_keeps_its_weights_and_its_statistics(string optimizer)
    {
        using var model = new Net();
        Dictionary<string, float[]> before = Values(model);
        using DataLoader train = Loader();
        new Trainer(new TrainOptions { Epochs = 2, Freeze = ["trunk.*"] }).Fit(model, Objectives.CrossEntropy, Optimizer(optimizer), train);
        Dictionary<string, float[]> after = Values(model);
        Assert.All(after.Keys.Where(k => k.StartsWith("trunk", StringComparison.Ordinal)), k => Assert.Equal(before[k], after[k]));
        Assert.All(["head.weight", "head.bias", "norm.running_mean"], k => Assert.NotEqual(before[k], after[k]));

        // After the training, everything can be trained again.
        Assert.All(model.named_parameters(), p => Assert.True(p.parameter.requires_grad));
        Assert.True(model.modules().OfType<TorchSharp.Modules.BatchNorm1d>().All(n => n.training));
    }

    [Fact]
    public void Parameters_that_are_never_trained_have_no_gradient_and_no_state()
    {
        using var model = new Net();
        using DataLoader train = Loader();
        var log = new EventLog(e =>
        {
            if (e is TrainEvent.StepTaken { State: var state })
            {
                Assert.Equal(["norm.weight", "norm.bias", "head.weight", "head.bias"], state.Optimizer.Parameters.Ranges.Select(r => r.Name));
                Assert.Null(model.get_parameter("trunk.0.weight")!.grad);
            }
        });
        new Trainer(new TrainOptions { Epochs = 1, Freeze = ["trunk"] }, [log]).Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(), train);
    }

    [Fact]
    public void Layers_are_unfrozen_when_their_epoch_begins_and_their_first_step_is_a_first_step()
    {
        using var model = new Net();
        using DataLoader train = Loader();
        Dictionary<string, float[]> before = Values(model);
        Dictionary<string, float[]>? atEnd = null;
        Dictionary<string, float[]>? afterFirst = null;
        var log = new EventLog(e =>
        {
            if (e is TrainEvent.EpochEnded { State.At.Epoch: 2 })
            {
                atEnd = Values(model);
            }
            else if (e is TrainEvent.StepTaken { State.At.Step: (2 * StepsPerEpoch) + 1 })
            {
                afterFirst = Values(model);
            }
        });
        const double lr = 0.01;
        new Trainer(new TrainOptions { Epochs = 3, Freeze = [new() { Match = "trunk.*", UntilEpoch = 3 }] }, [log]).Fit(model, Objectives.CrossEntropy, Optimizers.Adam(lr), train);
        Assert.Equal(before["trunk.0.weight"], atEnd!["trunk.0.weight"]);
        Assert.Equal(before["trunk.1.running_mean"], atEnd["trunk.1.running_mean"]);
        Assert.NotEqual(before["trunk.1.running_mean"], afterFirst!["trunk.1.running_mean"]);

        // Adam's first step of a parameter is lr in the direction of its gradient. With the number of all steps, it would be three times that.
        float[] moved = [.. before["trunk.0.weight"].Zip(afterFirst["trunk.0.weight"], (a, b) => Math.Abs(a - b)).Where(d => d > 0)];
        Assert.NotEmpty(moved);
        Assert.All(moved, d => Assert.InRange(d, 0.9f * lr, 1.001f * lr));
    }

    [Fact]
    public void A_frozen_batch_norm_may_receive_one_sample()
    {
        using var model = new Net();
        using DataLoader train = DataLoader.ForTraining(TinyData.Clusters(17), new LoaderOptions { BatchSize = 4 });
        var options = new TrainOptions { Epochs = 1 };
        Assert.Throws<RequestException>(() => new Trainer(options).Check(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), train));
        new Trainer(options with { Freeze = ["trunk", "norm"] }).Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), train);
    }

    [Theory]
    [InlineData("truk.*", "`truk.*` matches no parameter of the model", "Did you mean `trunk.*`?")]
    [InlineData("*", "Every parameter would be frozen in the first epoch, so that nothing could be trained", null)]
    public void A_wrong_pattern_is_refused(string pattern, string message, string? hint)
    {
        using var model = new Net();
        using DataLoader train = Loader();
        foreach (int? epoch in (int?[])[null, 5])
        {
            Problem problem = Assert.Single(Assert.Throws<RequestException>(
                () => new Trainer(new TrainOptions { Freeze = [new() { Match = pattern, UntilEpoch = epoch }] }).Check(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), train)).Problems);
            Assert.Equal(("freeze", message, hint), (problem.Where, problem.Message, problem.Hint));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_chain_of_linear_layers_with_a_frozen_one_has_the_gradients_of_autograd(bool lower)
    {
        using var chained = new Chain();
        using var plain = new Chain();
        plain.load_state_dict(chained.state_dict());
        foreach (Chain model in (Chain[])[chained, plain])
        {
            model.get_parameter(lower ? "fc1.weight" : "fc2.weight")!.requires_grad = false;
            model.get_parameter(lower ? "fc1.bias" : "fc2.bias")!.requires_grad = false;
        }

        using Tensor input = arange(35, float32).reshape(7, 5).div(10).sub(1);
        using Tensor a = chained.call(input).pow(2).sum();
        a.backward();
        using Tensor b = plain.OneByOne(input).pow(2).sum();
        b.backward();
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in chained.named_parameters())
        {
            Tensor? expected = plain.get_parameter(name)!.grad;
            Assert.Equal(expected is null, parameter.grad is null);
            Assert.True(expected is null || expected.allclose(parameter.grad!, rtol: 1e-4, atol: 1e-5), name);
        }
    }

    [Fact]
    public void A_recorded_training_resumes_in_the_middle_of_the_epoch_that_unfreezes()
    {
        using var folder = new TemporaryFolder();
        string whole = Digest(folder["whole"], stopAt: null);
        foreach (int stopAt in (int[])[StepsPerEpoch - 1, StepsPerEpoch, StepsPerEpoch + 2])
        {
            Assert.Equal(whole, Digest(folder[$"{stopAt}"], stopAt));
        }
    }

    private static string Digest(string runs, int? stopAt)
    {
        var options = new TrainOptions { Epochs = 3, Freeze = [new() { Match = "trunk", UntilEpoch = 2 }, "norm"] };
        using var stop = new CancellationTokenSource();
        using (var model = new Net())
        using (var recorder = new RunRecorder(runs, "freeze"))
        using (DataLoader train = Loader())
        {
            var log = new EventLog(e =>
            {
                if (e is TrainEvent.StepTaken taken && taken.State.At.Step == stopAt)
                {
                    stop.Cancel();
                }
            });
            new Trainer(options, [recorder, log]).Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(), train, cancellationToken: stop.Token);
            if (stopAt is null)
            {
                return Safetensors.Weights.Digest(model);
            }
        }

        using var again = new Net();
        using RunRecorder resumed = RunRecorder.Resume(Path.Combine(runs, "latest"));
        using DataLoader rest = Loader();
        new Trainer(options, [resumed]).Fit(again, Objectives.CrossEntropy, Optimizers.AdamW(), rest, from: resumed.From);
        return Safetensors.Weights.Digest(again);
    }

    private static OptimizerOptions Optimizer(string name) => name switch
    {
        "sgd" => Optimizers.Sgd(0.1, momentum: 0.9, weightDecay: 0.1),
        "adamw" => Optimizers.AdamW(0.01, weightDecay: 0.1),
        _ => Optimizers.RmsProp(0.01, weightDecay: 0.1),
    };

    private static DataLoader Loader() => DataLoader.ForTraining(TinyData.Clusters(Samples), new LoaderOptions { BatchSize = Batch });

    private static Dictionary<string, float[]> Values(nn.Module model)
        => model.state_dict().Where(t => t.Value.dtype == float32).ToDictionary(t => t.Key, t => TensorMemory.Span<float>(t.Value).ToArray());

    private sealed class Net : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> trunk;
        private readonly nn.Module<Tensor, Tensor> norm;
        private readonly nn.Module<Tensor, Tensor> head;

        public Net()
            : base(nameof(Net))
        {
            TorchRandom.SeedInitialization(5);
            trunk = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU());
            norm = nn.BatchNorm1d(6);
            head = nn.Linear(6, 3);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => head.call(norm.call(trunk.call(input)));
    }

    private sealed class Chain : nn.Module<Tensor, Tensor>
    {
        private readonly Regimen.Layers.Linear fc1 = new(5, 9);
        private readonly Regimen.Layers.Linear fc2 = new(9, 6);
        private readonly Regimen.Layers.Linear fc3 = new(6, 2);

        public Chain()
            : base(nameof(Chain)) => RegisterComponents();

        public override Tensor forward(Tensor input) => Regimen.Layers.LinearChain.Run(input, fc1, fc2, fc3);

        public Tensor OneByOne(Tensor input)
        {
            Tensor output = input;
            foreach ((int i, Regimen.Layers.Linear layer) in new[] { fc1, fc2, fc3 }.Index())
            {
                output = nn.functional.linear(output, layer.Weight, layer.Bias);
                output = i < 2 ? output.relu() : output;
            }

            return output;
        }
    }
}
