using Regimen.Data;
using Regimen.Engine;
using Regimen.Layers;
using Regimen.Loading;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using BatchNorm = TorchSharp.Modules.BatchNorm;

namespace Regimen.Training;

/// <summary>Computes the running statistics of a model's batch norms again: the mean over training batches of each batch's mean and variance, as
/// PyTorch's <c>update_bn</c> does.</summary>
/// <remarks>The batches are the first ones of an epoch, with its order and augmentation: a function of (seed, epoch). All other layers are in
/// evaluation mode, so nothing is drawn in the model. Batch norms in evaluation mode keep their statistics, such as frozen ones.</remarks>
internal static class BatchNormStatistics
{
    /// <param name="model">The model, with the weights to compute the statistics for.</param>
    /// <param name="objective">The objective, which runs the model.</param>
    /// <param name="train">The loader of the training set, which may be in use.</param>
    /// <param name="seed">The seed of the order and the augmentation.</param>
    /// <param name="epoch">The epoch whose batches are read.</param>
    /// <param name="batches">The number of batches.</param>
    /// <param name="cancellationToken">Ends the computation; the statistics are then the ones before.</param>
    /// <exception cref="OperationCanceledException">The operation was cancelled.</exception>
    public static void Compute(nn.Module model, Objective objective, DataLoader train, ulong seed, int epoch, int batches, CancellationToken cancellationToken)
    {
        var modes = ModuleModes.Of(model);
        BatchNorm[] layers = [.. model.modules().Append(model).OfType<BatchNorm>().Distinct().Where(l => l.training && l.running_mean is not null)];
        if (layers.Length == 0)
        {
            return;
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Sums[] sums = [.. layers.Select(l => new Sums(l))];
        try
        {
            model.eval();
            Array.ForEach(layers, l => l.train());
            using DataLoader again = train.Again();
            foreach (Batch batch in again.Epoch(seed, epoch, 0, cancellationToken).Take(batches))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using DisposeScope inner = NewDisposeScope();
                objective.Compute(model, batch);
            }

            Array.ForEach(sums, s => s.Finish());
        }
        finally
        {
            Array.ForEach(sums, s => s.Dispose());
            modes.Restore();
        }
    }

    /// <summary>The sums of a layer's batch statistics, in float64.</summary>
    private sealed class Sums : IDisposable
    {
        private readonly BatchNorm _layer;
        private readonly (Tensor Buffer, Tensor Before)[] _buffers;
        private readonly Action _remove;
        private readonly Tensor _mean;
        private readonly Tensor _variance;
        private long _batches;

        public Sums(BatchNorm layer)
        {
            _layer = layer;
            _buffers = [.. layer.named_buffers().Select(b => (b.buffer, b.buffer.clone()))];
            _mean = zeros_like(layer.running_mean!, ScalarType.Float64);
            _variance = zeros_like(layer.running_var!, ScalarType.Float64);
            _remove = layer.register_forward_pre_hook((_, input) =>
            {
                Add(input);
                return input;
            }).remove;
        }

        /// <summary>Replaces the layer's statistics by the means. A layer that received nothing keeps its own.</summary>
        public void Finish()
        {
            Restore();
            if (_batches > 0)
            {
                using Scalar count = (double)_batches;
                _layer.running_mean!.copy_(_mean.div(count));
                _layer.running_var!.copy_(_variance.div(count));
                foreach ((Tensor buffer, _) in _buffers.Where(b => b.Buffer.dtype == ScalarType.Int64))
                {
                    using Scalar batches = _batches;
                    buffer.fill_(batches);
                }
            }

            _batches = -1;
        }

        public void Dispose()
        {
            _remove();
            if (_batches >= 0)
            {
                Restore();
            }
        }

        private void Restore()
        {
            foreach ((Tensor buffer, Tensor before) in _buffers)
            {
                buffer.copy_(before);
            }
        }

        private void Add(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            long[] others = [.. Enumerable.Range(0, (int)input.dim()).Where(d => d != 1).Select(d => (long)d)];
            _batches++;
            Tensor images = input.dim() == 4 ? input : input.reshape(input.size(0), input.size(1), -1, 1);
            if (BatchNormOperation.CanRun(_layer, images))
            {
                (Tensor mean, Tensor variance) = BatchNormOperation.Moments(images.detach());
                _mean.add_(mean);
                _variance.add_(variance);
                return;
            }

            Tensor values = input.detach().to(ScalarType.Float32);
            _mean.add_(values.mean(others).to(ScalarType.Float64));
            _variance.add_(values.var(others, unbiased: true).to(ScalarType.Float64));
        }
    }
}
