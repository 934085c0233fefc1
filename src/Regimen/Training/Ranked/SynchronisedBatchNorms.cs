using Regimen.Engine;
using Regimen.Layers;
using Regimen.Ranks;
using TorchSharp;
using static TorchSharp.torch;
using BatchNorm = TorchSharp.Modules.BatchNorm;

namespace Regimen.Training;

/// <summary>Lets each batch norm of a model normalise by mean and variance of the whole batch of all ranks, in place of its rank's share.</summary>
/// <remarks>Works on any model, by hooks on its layers: a layer's own output is replaced. During a step only; elsewhere the layers are as they were.
/// The variance is computed from the centred values, in a second sum, as a difference of squares would lose digits.</remarks>
internal sealed class SynchronisedBatchNorms : IDisposable
{
    private readonly RankGroup _group;
    private readonly SumOverRanks _sum;
    private readonly Action[] _removals;

    /// <param name="model">The model.</param>
    /// <param name="group">The ranks.</param>
    public SynchronisedBatchNorms(nn.Module model, RankGroup group)
    {
        _group = group;
        _sum = new SumOverRanks(group);
        _removals = [.. Layers(model).SelectMany(Attach)];
    }

    /// <summary>Whether a step is being computed.</summary>
    public bool IsActive { get; set; }

    /// <summary>Whether a model has layers that normalise by the batch.</summary>
    public static bool AreIn(nn.Module model) => Layers(model).Any();

    public void Dispose() => Array.ForEach(_removals, remove => remove());

    private static IEnumerable<BatchNorm> Layers(nn.Module model) => model.modules().Append(model).OfType<BatchNorm>().Distinct();

    private IEnumerable<Action> Attach(BatchNorm layer)
    {
        (Tensor Mean, Tensor Variance)? before = null;
        var first = layer.register_forward_pre_hook((_, input) =>
        {
            before = Applies(layer) && layer.running_mean is not null ? (layer.running_mean.clone(), layer.running_var!.clone()) : null;
            return input;
        });
        var second = layer.register_forward_hook((_, input, output) => Applies(layer) ? Normalise(layer, input, before) : output);
        return [first.remove, second.remove];
    }

    // A frozen layer is in evaluation mode and normalises by its statistics.
    private bool Applies(BatchNorm layer) => IsActive && layer.training;

    private Tensor Normalise(BatchNorm layer, Tensor input, (Tensor Mean, Tensor Variance)? before)
    {
        using DisposeScope scope = NewDisposeScope();
        if (before is { } local && Arithmetic.IsPortable && Portable(layer, input, local) is { } portable)
        {
            return portable.MoveToOuterDisposeScope();
        }

        long[] others = [.. Enumerable.Range(0, (int)input.dim()).Where(d => d != 1).Select(d => (long)d)];
        long[] shape = [.. Enumerable.Range(0, (int)input.dim()).Select(d => d == 1 ? layer.num_features : 1)];
        Tensor own = full([1], input.numel() / layer.num_features, ScalarType.Float32, input.device);
        Tensor sums = Sum(cat([input.sum(others), own]));
        Tensor count = sums.narrow(0, layer.num_features, 1).detach();
        Tensor mean = sums.narrow(0, 0, layer.num_features) / count;
        Tensor centred = input - mean.view(shape);
        Tensor variance = Sum(centred.square().sum(others)) / count;
        using Scalar eps = layer.eps;
        Tensor result = centred * variance.add(eps).rsqrt().view(shape);
        if (layer.weight is { } weight)
        {
            result = (result * weight.view(shape)) + layer.bias!.view(shape);
        }

        if (before is { } statistics)
        {
            Update(layer, statistics, mean, variance, count);
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Normalises with portable bits; null if the layer or the input is not one for Regimen's operation.</summary>
    private Tensor? Portable(BatchNorm layer, Tensor input, (Tensor Mean, Tensor Variance) before)
    {
        Tensor images = input.dim() == 4 ? input : input.view(input.size(0), input.size(1), -1, 1);
        if (!BatchNormOperation.CanRun(layer, images))
        {
            return null;
        }

        using (no_grad())
        {
            layer.running_mean!.copy_(before.Mean);
            layer.running_var!.copy_(before.Variance);
            before.Mean.Dispose();
            before.Variance.Dispose();
        }

        Tensor output = FusedFunction.Run(BatchNormOperation.Of(layer, Total), images, layer.weight!, layer.bias!);
        return input.dim() == 4 ? output : output.reshape(input.shape);
    }

    /// <summary>Adds up values over the ranks, in their order.</summary>
    private double[] Total(double[] own)
    {
        try
        {
            double[][] all = _group.Exchange.Gather(own);
            return [.. own.Select((_, i) => all.Sum(v => v[i]))];
        }
        catch (Exception exception) when (exception is WorkFailedException or OperationCanceledException)
        {
            // An exception must not leave a callback of libtorch. The sum of the step's gradients fails in the same way.
            return own;
        }
    }

    // Ranks add up on the processor.
    private Tensor Sum(Tensor own) => own.device_type == DeviceType.CPU ? FusedFunction.Run(_sum, own) : FusedFunction.Run(_sum, own.cpu()).to(own.device);

    /// <summary>Sets the running statistics to those with the whole batch, unbiased, in place of those with this rank's share.</summary>
    private static void Update(BatchNorm layer, (Tensor Mean, Tensor Variance) before, Tensor mean, Tensor variance, Tensor count)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Scalar one = 1f;
        double momentum = layer.momentum ?? (1.0 / layer.num_batches_tracked!.ToInt64());
        using Scalar taken = momentum;
        using Scalar kept = 1 - momentum;
        layer.running_mean!.copy_(before.Mean.mul(kept) + mean.mul(taken));
        layer.running_var!.copy_(before.Variance.mul(kept) + (variance * (count / (count - one))).mul(taken));
        before.Mean.Dispose();
        before.Variance.Dispose();
    }
}
