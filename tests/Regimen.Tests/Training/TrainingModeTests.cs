using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using Regimen.Training;
using static TorchSharp.torch;

namespace Regimen.Tests.Training;

/// <summary>Frozen parts stay frozen: sub-modules in evaluation mode, and parameters without requires_grad.</summary>
public sealed class TrainingModeTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(1L)]
    public void A_sub_module_in_evaluation_mode_keeps_its_mode(long? validateEvery)
    {
        using var net = new NormalizedNet();
        net.norm.eval();
        net.drop.eval();
        float[] mean = Numbers(net.norm.running_mean);
        bool[] modes = [];
        Fit(net, new TrainOptions { Epochs = 3, ValidateEverySteps = validateEvery }, e =>
        {
            if (e is TrainEvent.StepTaken)
            {
                modes = [net.training, net.fc.training, net.norm.training, net.drop.training];
            }
        });
        Assert.Equal([true, true, false, false], modes);
        Assert.Equal(mean, Numbers(net.norm.running_mean));
    }

    [Fact]
    public void A_mode_set_by_an_observer_is_kept_over_validations_and_epochs()
    {
        using var net = new NormalizedNet();
        var means = new Dictionary<long, float[]>();
        Fit(net, new TrainOptions { Epochs = 4, ValidateEverySteps = 2 }, e =>
        {
            if (e is TrainEvent.StepTaken taken)
            {
                means[taken.State.At.Step] = Numbers(net.norm.running_mean);
                if (taken.State.At.Step == 5)
                {
                    net.norm.eval();
                }
            }
        });
        Assert.NotEqual(means[4], means[5]);
        Assert.All(means.Where(m => m.Key > 5), m => Assert.Equal(means[5], m.Value));
    }

    [Fact]
    public void A_model_left_in_evaluation_mode_by_an_observer_is_restored_to_training_mode()
    {
        using var net = new NormalizedNet();
        net.drop.eval();
        bool[] modes = [];
        Fit(net, new TrainOptions { Epochs = 3 }, e =>
        {
            if (e is TrainEvent.EpochEnded)
            {
                net.eval();
            }
            else if (e is TrainEvent.StepTaken)
            {
                modes = [net.training, net.fc.training, net.norm.training, net.drop.training];
            }
        });
        Assert.Equal([true, true, true, false], modes);
    }

    [Fact]
    public void A_model_entirely_in_evaluation_mode_is_trained_entirely_and_a_partly_frozen_one_partly()
    {
        using var whole = new NormalizedNet();
        whole.eval();
        Fit(whole, new TrainOptions { Epochs = 1 });
        Assert.Equal((true, true, true), (whole.training, whole.norm.training, whole.drop.training));

        using var part = new NormalizedNet();
        part.eval();
        part.drop.train();
        Fit(part, new TrainOptions { Epochs = 1 });
        Assert.Equal((true, false, true), (part.training, part.norm.training, part.drop.training));
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("adamw")]
    public void A_parameter_frozen_by_an_observer_is_constant_until_it_is_unfrozen(string optimizer)
    {
        // Momentum, averages and weight decay would change it even without a gradient.
        using var net = new NormalizedNet();
        var weights = new Dictionary<long, (float[] Weight, float[] Bias)>();
        Fit(
            net,
            new TrainOptions { Epochs = 5 },
            e =>
            {
                if (e is TrainEvent.StepTaken { State.At.Step: var step })
                {
                    weights[step] = (Numbers(net.fc.weight!), Numbers(net.fc.bias!));
                    net.fc.weight!.requires_grad = step is < 4 or >= 9;
                }
            },
            optimizer == "sgd" ? Optimizers.Sgd(0.1, 0.9, weightDecay: 0.1) : Optimizers.AdamW(0.01, 0.1));
        Assert.NotEqual(weights[3].Weight, weights[4].Weight);
        Assert.All(Enumerable.Range(5, 5), step => Assert.Equal(weights[4].Weight, weights[step].Weight));
        Assert.All(Enumerable.Range(5, 5), step => Assert.NotEqual(weights[4].Bias, weights[step].Bias));
        Assert.NotEqual(weights[9].Weight, weights[10].Weight);
    }

    [Fact]
    public void Parameters_replaced_or_unfrozen_during_training_are_an_error_with_their_names()
    {
        using var replaced = new NormalizedNet();
        WorkFailedException error = Assert.Throws<WorkFailedException>(() => Fit(replaced, new TrainOptions { Epochs = 3 }, e =>
        {
            if (e is TrainEvent.EpochEnded { State.At.Epoch: 1 })
            {
                using IDisposable noGrad = no_grad();
                replaced.fc.bias!.set_(zeros(3));
            }
        }));
        Assert.Equal("fc.bias", error.Problem.Where);

        using var unfrozen = new NormalizedNet();
        unfrozen.fc.weight!.requires_grad = false;
        error = Assert.Throws<WorkFailedException>(() => Fit(unfrozen, new TrainOptions { Epochs = 3 }, e =>
        {
            if (e is TrainEvent.EpochEnded { State.At.Epoch: 1 })
            {
                unfrozen.fc.weight!.requires_grad = true;
            }
        }));
        Assert.Equal("fc.weight", error.Problem.Where);
    }

    private static void Fit(nn.Module net, TrainOptions options, Action<TrainEvent>? act = null, OptimizerOptions? optimizer = null)
    {
        using DataLoader train = DataLoader.ForTraining(TinyData.Clusters(23), new LoaderOptions { BatchSize = 7, Workers = 0 });
        using DataLoader validation = DataLoader.ForEvaluation(TinyData.Clusters(11, seed: 8));
        new Trainer(options, [new EventLog(act)]).Fit(net, Objectives.CrossEntropy, optimizer ?? Optimizers.AdamW(0.01), train, validation);
    }

    private static float[] Numbers(Tensor? tensor) => TensorMemory.Span<float>(tensor!).ToArray();

    internal sealed class NormalizedNet : nn.Module<Tensor, Tensor>
    {
        public readonly TorchSharp.Modules.BatchNorm1d norm = nn.BatchNorm1d(4);
        public readonly TorchSharp.Modules.Dropout drop = nn.Dropout(0.3);
        public readonly TorchSharp.Modules.Linear fc = nn.Linear(4, 3);

        public NormalizedNet()
            : base(nameof(NormalizedNet)) => RegisterComponents();

        public override Tensor forward(Tensor input) => fc.call(drop.call(norm.call(input)));
    }
}
