using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;
using static TorchSharp.torch;
using BatchNorm = TorchSharp.Modules.BatchNorm;
using Linear = TorchSharp.Modules.Linear;

namespace Regimen.Tests.Training;

/// <summary>Batch norm on one value per channel is an error. PyTorch 1.13 raises "Expected more than 1 value per channel when training" for
/// <c>BatchNorm1d(5)(torch.zeros(1, 5))</c> and <c>BatchNorm2d(5)(torch.zeros(1, 5, 1, 1))</c>, but not for
/// <c>BatchNorm2d(5)(torch.zeros(1, 5, 2, 1))</c>.</summary>
public sealed class BatchNormGuardTests
{
    [Theory]
    [InlineData(43, 14, false, "a last batch of 1 sample: 43 samples in batches of 14", "Set loader.drop_last=true, or another loader.batch_size.")]
    [InlineData(7, 1, false, "batches of 1 sample", "Set another loader.batch_size.")]
    [InlineData(7, 1, true, "batches of 1 sample", "Set another loader.batch_size.")]
    public void A_batch_of_one_sample_is_an_error_before_the_first_step(int samples, int batchSize, bool dropLast, string received, string hint)
    {
        var log = new EventLog();
        using var model = new Net(flat: true);
        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => Fit(model, samples, batchSize, dropLast, log: log)).Problems);
        Assert.Equal("The batch norm 'norm' can't be trained on one value per channel: the variance of a single value is not defined", problem.Message);
        Assert.Equal(("loader.batch_size", received, hint), (problem.Where, problem.Received, problem.Hint));
        Assert.Empty(log.Events);
    }

    [Theory]
    [InlineData(43, 14, true, null, null)]
    [InlineData(44, 14, false, null, null)]
    [InlineData(43, 14, false, 3, null)]
    [InlineData(43, 14, false, null, 2L)]
    public void Batches_of_two_and_an_unreached_last_batch_of_one_are_accepted(int samples, int batchSize, bool dropLast, int? limit, long? maxSteps)
    {
        using var model = new Net(flat: true);
        Assert.Equal(TrainStatus.Finished, Fit(model, samples, batchSize, dropLast, limit, maxSteps).Status);
    }

    [Fact]
    public void One_sample_with_several_values_per_channel_is_accepted_and_the_check_does_not_change_the_model()
    {
        using var model = new Net(flat: false);
        Tensor before = model.Norm.running_mean!.clone();
        using DataLoader train = Loader(7, 3, dropLast: false);
        new Trainer(new TrainOptions()).Check(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), train);
        Assert.True(before.equal(model.Norm.running_mean!).all().item<bool>());
        Assert.Equal(TrainStatus.Finished, Fit(model, 7, 3, dropLast: false).Status);
        Assert.False(model.Norm.running_var!.isnan().any().item<bool>());
    }

    [Fact]
    public void A_frozen_batch_norm_accepts_a_batch_of_one_sample()
    {
        using var model = new Net(flat: true);
        model.Norm.eval();
        using DataLoader train = Loader(7, 3, dropLast: false);
        new Trainer(new TrainOptions()).Check(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), train);
    }

    [Fact]
    public void A_batch_of_one_sample_that_the_sizes_do_not_reveal_is_an_error_in_the_step()
    {
        // The objective trains on the first sample of each batch only.
        using var model = new Net(flat: true);
        Objective first = Objectives.From((net, batch) =>
        {
            Tensor output = Objectives.Forward(net, batch.Input[..1]);
            return new ObjectiveResult(nn.functional.cross_entropy(output, batch.Target[..1]), output);
        });
        Problem problem = Assert.Throws<WorkFailedException>(() => Fit(model, 6, 3, dropLast: false, objective: first)).Problem;
        Assert.StartsWith("The batch norm 'norm' received one value per channel", problem.Message, StringComparison.Ordinal);
        Assert.Equal("an input of shape [1, 5]", problem.Received);

        // After the training the hook is removed.
        using Tensor input = zeros(1, 4);
        model.train();
        model.call(input).Dispose();
    }

    private static TrainResult Fit(
        Net model, int samples, int batchSize, bool dropLast, int? limit = null, long? maxSteps = null, EventLog? log = null, Objective? objective = null)
    {
        using DataLoader train = Loader(samples, batchSize, dropLast);
        return new Trainer(new TrainOptions { Epochs = 2, LimitTrainBatches = limit, MaxSteps = maxSteps }, log is null ? [] : [log])
            .Fit(model, objective ?? Objectives.CrossEntropy, Optimizers.Sgd(0.1), train);
    }

    private static DataLoader Loader(int samples, int batchSize, bool dropLast)
        => DataLoader.ForTraining(TinyData.Clusters(samples), new LoaderOptions { BatchSize = batchSize, DropLast = dropLast, Workers = 0 });

    /// <summary>A batch norm over 5 channels with one or two values per sample.</summary>
    private sealed class Net : nn.Module<Tensor, Tensor>
    {
        private readonly Linear first;
        private readonly Linear last;
        private readonly BatchNorm norm;
        private readonly bool _flat;

        public Net(bool flat)
            : base(nameof(Net))
        {
            _flat = flat;
            first = nn.Linear(4, flat ? 5 : 10);
            norm = flat ? nn.BatchNorm1d(5) : nn.BatchNorm2d(5);
            last = nn.Linear(flat ? 5 : 10, 3);
            RegisterComponents();
        }

        public BatchNorm Norm => norm;

        public override Tensor forward(Tensor input)
        {
            Tensor hidden = first.call(input);
            return last.call(_flat ? norm.call(hidden) : norm.call(hidden.view(-1, 5, 2, 1)).flatten(1));
        }
    }
}
