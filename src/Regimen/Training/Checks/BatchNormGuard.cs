using Regimen.Engine;
using Regimen.FineTuning;
using Regimen.Inspection;
using Regimen.Loading;
using static TorchSharp.torch;
using BatchNorm = TorchSharp.Modules.BatchNorm;

namespace Regimen.Training;

/// <summary>Refuses to train batch norm on a single value per channel: the variance of one value is not defined, so that the running variance
/// becomes NaN, and with it every evaluation. PyTorch raises an error there; TorchSharp does not.</summary>
/// <remarks><see cref="Check"/> finds it before the first step if the batch sizes and the shape of a sample determine it. For all other
/// models, an instance checks the layers' inputs during training.</remarks>
internal sealed class BatchNormGuard : IDisposable
{
    private readonly Action[] _removals;

    /// <summary>Checks the inputs of a model's batch norms until it is disposed.</summary>
    public BatchNormGuard(nn.Module model) => _removals = [.. Layers(model).Select(l => Watch(l.Name, l.Layer))];

    /// <summary>Returns a problem for each batch norm that would receive one value per channel in the smallest batch of an epoch.</summary>
    public static IEnumerable<Problem> Check(nn.Module model, TrainOptions options, DataLoader train)
    {
        using var freezing = new Freezing(model, options.Freeze);
        var plan = TrainPlan.For(options, train);

        // A model that is in evaluation mode as a whole is trained as a whole: TrainingMode.
        bool all = ModuleModes.Of(model).AllInEvaluation;
        (string Name, BatchNorm Layer)[] trained = [.. Layers(model).Where(l => (all || l.Layer.training) && !freezing.KeepsStatistics(l.Layer))];
        if (trained.Length == 0 || SmallestBatch(plan, train) > 1)
        {
            yield break;
        }

        var run = new DryRun(model, [.. train.Fields.Where(f => !f.IsTarget)], trained.Select(l => l.Layer));
        foreach ((string name, BatchNorm layer) in trained.Where(l => run.Of(l.Layer)?.OutputShape is { } shape && ValuesPerChannel(shape) == 1))
        {
            yield return new Problem($"{Named(name)} can't be trained on one value per channel: the variance of a single value is not defined")
            {
                Where = "loader.batch_size",
                Expected = "batches of at least 2 samples",
                Received = train.BatchSize == 1
                    ? "batches of 1 sample"
                    : $"a last batch of 1 sample: {train.Samples} samples in batches of {train.BatchSize}",
                Hint = train.BatchSize == 1
                    ? "Set another loader.batch_size."
                    : "Set loader.drop_last=true, or another loader.batch_size.",
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Action remove in _removals)
        {
            remove();
        }
    }

    private static Action Watch(string name, BatchNorm layer) => layer.register_forward_pre_hook((_, input) =>
    {
        if (layer.training && input.numel() == input.size(1))
        {
            throw new WorkFailedException(new Problem($"{Named(name)} received one value per channel: the variance of a single value is not defined")
            {
                Expected = "more than 1 value per channel in training",
                Received = $"an input of shape [{string.Join(", ", input.shape)}]",
                Hint = "Set loader.drop_last=true, or another loader.batch_size.",
            });
        }

        return input;
    }).remove;

    private static long ValuesPerChannel(IReadOnlyList<long> shape) => shape.Aggregate(1L, (product, size) => product * size) / shape[1];

    private static int SmallestBatch(TrainPlan plan, DataLoader train)
    {
        long batches = Math.Min(plan.BatchesPerEpoch, plan.TotalSteps * plan.Accumulate);
        return batches == train.Batches ? train.SamplesIn(train.Batches - 1) : train.BatchSize;
    }

    private static IEnumerable<(string Name, BatchNorm Layer)> Layers(nn.Module model)
        => model.named_modules().Select(m => (m.name, m.module)).Prepend((name: string.Empty, module: model)).Where(m => m.module is BatchNorm).Select(m => (m.name, (BatchNorm)m.module)).DistinctBy(m => m.Item2);

    private static string Named(string layer) => layer.Length == 0 ? "The batch norm" : $"The batch norm '{layer}'";
}
