using Regimen.Data;
using Regimen.Datasets;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Tests.Configuration;
using Regimen.Tests.TestKit;
using Regimen.Training;
using Regimen.Transforms;
using static TorchSharp.torch;

namespace Regimen.Tests.Training;

/// <summary>Options created in code are checked against the same bounds as those of a config.</summary>
public sealed class OptionsInCodeTests
{
    public static TheoryData<string, TrainOptions, OptimizerOptions> OutOfBounds => new()
    {
        { "TrainOptions.Epochs", new() { Epochs = 0 }, Optimizers.AdamW() },
        { "TrainOptions.MaxSteps", new() { MaxSteps = 0 }, Optimizers.AdamW() },
        { "TrainOptions.ValidateEverySteps", new() { ValidateEverySteps = -3 }, Optimizers.AdamW() },
        { "TrainOptions.ClipNorm", new() { ClipNorm = 0 }, Optimizers.AdamW() },
        { "TrainOptions.ClipNorm", new() { ClipNorm = double.NaN }, Optimizers.AdamW() },
        { "TrainOptions.Accumulate", new() { Accumulate = 0 }, Optimizers.AdamW() },
        { "TrainOptions.LimitTrainBatches", new() { LimitTrainBatches = 0 }, Optimizers.AdamW() },
        { "TrainOptions.Precision", new() { Precision = (Precision)7 }, Optimizers.AdamW() },
        { "TrainOptions.EarlyStopping.Patience", new() { EarlyStopping = new() { Monitor = "train.loss", Patience = 0 } }, Optimizers.AdamW() },
        { "TrainOptions.EarlyStopping.MinDelta", new() { EarlyStopping = new() { Monitor = "train.loss", MinDelta = double.PositiveInfinity } }, Optimizers.AdamW() },
        { "TrainOptions.Schedule.StepSize", new() { Schedule = new StepSchedule { StepSize = 0 } }, Optimizers.AdamW() },
        { "TrainOptions.Schedule", new() { Schedule = null! }, Optimizers.AdamW() },
        { "AdamW.Lr", new(), Optimizers.AdamW(lr: -1) },
        { "AdamW.Lr", new(), Optimizers.AdamW(lr: double.NaN) },
        { "Sgd.Lr", new(), Optimizers.Sgd(lr: 0) },
        { "Sgd.Momentum", new(), Optimizers.Sgd(lr: 0.1, momentum: 1) },
        { "Adam.Betas[1]", new(), new Adam { Betas = [0.9, 1] } },
        { "Adam.Betas", new(), new Adam { Betas = [0.9] } },
        { "RmsProp.Eps", new(), new RmsProp { Eps = -1e-8 } },
    };

    [Theory]
    [MemberData(nameof(OutOfBounds))]
    public void Out_of_bounds_options_are_an_error_before_the_first_step(string where, TrainOptions options, OptimizerOptions optimizer)
    {
        var log = new EventLog();
        using TinyNet model = TinyNet.Seeded();
        Problem problem = Assert.Single(Assert.Throws<RequestException>(
            () => new Trainer(options, [log]).Fit(model, Objectives.CrossEntropy, optimizer, TinyData.Clusters(23))).Problems);
        Assert.Equal(where, problem.Where);
        Assert.NotNull(problem.Expected);
        Assert.NotNull(problem.Received);
        Assert.Empty(log.Events);
    }

    [Fact]
    public void Out_of_bounds_options_are_an_error_in_loaders_optimizers_and_models()
    {
        using TinyNet model = TinyNet.Seeded();
        using var flat = new FlatParameters(model);
        Refused("AdamW.Lr", () => Optimizers.AdamW(lr: -1).Build(flat));
        Refused("Huber.Delta", () => new Trainer(new()).Fit(model, Objectives.Huber(delta: 0), Optimizers.AdamW(), TinyData.Numbered(23)));
        Refused("LoaderOptions.BatchSize", () => DataLoader.ForTraining(TinyData.Clusters(23), new() { BatchSize = 0 }));
        Refused("LoaderOptions.EvalBatchSize", () => DataLoader.ForEvaluation(TinyData.Clusters(23), new() { EvalBatchSize = 0 }));
        Refused("LoaderOptions.Workers", () => DataLoader.ForEvaluation(TinyData.Clusters(23), new() { Workers = -1 }));
        Refused("HorizontalFlip.P", () => DataLoader.ForTraining(TinyData.Images(23, new SampleShape(1, 5, 7)), new() { BatchSize = 7 }, [new HorizontalFlip { P = 1.5 }]));
        Refused("MlpOptions.Hidden[0]", () => new Mlp(new() { Hidden = [0] }, new SampleShape(3), 2));
        Refused("MlpOptions.Dropout", () => new Mlp(new() { Dropout = 1 }, new SampleShape(3), 2));
        Refused("MlpOptions.Norm", () => new Mlp(new() { Norm = (Norm)7 }, new SampleShape(3), 2));
        Refused("CnnOptions.Channels", () => new Cnn(new() { Channels = [] }, new SampleShape(1, 9, 9), 2));
        Refused("CnnOptions.Channels[1]", () => new Cnn(new() { Channels = [3, 0] }, new SampleShape(1, 9, 9), 2));
        Refused("CnnOptions.Norm", () => new Cnn(new() { Norm = Norm.Layer }, new SampleShape(1, 9, 9), 2));
        Refused("LeNetOptions.Activation", () => new LeNet(new() { Activation = Activation.Silu }, new SampleShape(1, 28, 28), 2));
        Refused("ResNetOptions.Stem", () => new ResNet18(new() { Stem = (ResNetStem)2 }, new SampleShape(1, 28, 28), 2));
        Refused("VitOptions.Depth", () => new Vit(new() { Depth = 0 }, new SampleShape(1, 28, 28), 2));
        Refused("VitOptions.MlpRatio", () => new Vit(new() { MlpRatio = 0 }, new SampleShape(1, 28, 28), 2));
        Refused("VitOptions.Heads", () => new Vit(new() { Heads = 3 }, new SampleShape(1, 28, 28), 2));
        Refused("CnnOptions.Dropout1", () => new Cnn(new() { Dropout1 = 1 }, new SampleShape(1, 9, 9), 2));
        Refused("Mnist.Options.ValidationFraction", () => Mnist.Load(new() { ValidationFraction = 1 }, new DatasetContext(1)));
        Refused("Csv.Options.Target", () => Csv.Load(new() { Path = "x.csv", Target = [] }, new DatasetContext(1)));
    }

    [Theory]
    [InlineData("seed=")]
    [InlineData("threads=")]
    [InlineData("trainer.max_steps=")]
    [InlineData("model.hidden=")]
    [InlineData("seed=${env:NOT_FILLED_IN}")]
    [InlineData("trainer.max_steps=${env:NOT_FILLED_IN}")]
    public void A_key_without_a_value_is_an_error_even_for_a_nullable_option(string argument)
    {
        using var project = new ConfigFixture();
        project.Variables["NOT_FILLED_IN"] = string.Empty;
        Problem problem = Assert.Single(project.Problems(argument));
        Assert.EndsWith("has no value", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_initial_weights_follow_from_the_seed()
    {
        float[] first = Train(seed: 3, drawBefore: 0);
        Assert.Equal(first, Train(seed: 3, drawBefore: 17));
        Assert.NotEqual(first, Train(seed: 4, drawBefore: 0));

        static float[] Train(ulong seed, int drawBefore)
        {
            using Tensor draws = rand(drawBefore);
            var trainer = new Trainer(new TrainOptions { Epochs = 1, Seed = seed });
            using TinyNet model = trainer.CreateModel(() => new TinyNet(drop: 0.5));
            trainer.Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(), TinyData.Clusters(23));
            return WeightValues.Of(model);
        }
    }

    private static void Refused(string where, Func<object?> act)
        => Assert.Contains(where, Assert.Throws<RequestException>(act).Problems.Select(p => p.Where));
}
