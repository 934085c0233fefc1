using Regimen.Engine;
using Regimen.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The operation of a batch norm. Its inputs are the images, the weight and the bias.</summary>
/// <remarks>With n values per channel, the mean is <c>Σ x / n</c>, the variance <c>Σ (x − mean)² / n</c>, and the output <c>(x − mean)·scale + bias</c> with
/// <c>scale = weight / √(variance + eps)</c>; sums as <see cref="ChannelSums"/> defines them, means and variances rounded to float32. Where ranks share
/// a batch, n and the sums are those of all ranks.</remarks>
internal sealed unsafe class BatchNormOperation : ImageOperation
{
    private readonly BatchNorm _layer;
    private readonly bool _usesBatch;
    private readonly Func<double[], double[]>? _overRanks;
    private readonly bool _rectifies;

    private BatchNormOperation(BatchNorm layer, Func<double[], double[]>? overRanks, bool rectifies)
        => (_layer, _usesBatch, _overRanks, _rectifies) = (layer, layer.training, overRanks, rectifies);

    /// <summary>Whether the operation can run for a layer.</summary>
    public static bool CanRun(BatchNorm layer, Tensor input)
        => Arithmetic.IsPortable && layer is { weight: { } weight, bias: { } bias, running_mean: { } mean, running_var: { } variance }
            && ImageOperation.CanRun(input, weight, bias, mean, variance) && input.size(1) == layer.num_features
            && weight.is_contiguous() && bias.is_contiguous() && mean.is_contiguous() && variance.is_contiguous();

    /// <summary>Creates the operation for a layer in its present mode.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="overRanks">Adds up values over the ranks that share the batch; null for a batch of this process. The layer has counted the batch
    /// then.</param>
    /// <param name="rectifies">Whether a ReLU follows.</param>
    public static BatchNormOperation Of(BatchNorm layer, Func<double[], double[]>? overRanks = null, bool rectifies = false) => new(layer, overRanks, rectifies);

    /// <summary>Returns mean and variance of each channel, not corrected for the number of values, and that number.</summary>
    /// <param name="x">The values <c>[rows, channels]</c>.</param>
    /// <param name="rows">The number of values of a channel.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="overRanks">Adds up values over the ranks.</param>
    private static (float[] Mean, double[] Variance, double Count) Moments(float* x, long rows, int channels, Func<double[], double[]>? overRanks = null)
    {
        double[] sums = Total([.. ChannelKernel.Sums(x, rows, channels), rows], overRanks);
        double count = sums[channels];
        float[] mean = [.. sums[..channels].Select(s => (float)(s / count))];
        fixed (float* centre = mean)
        {
            nint means = (nint)centre;
            double[] squares = ChannelKernel.Sum(rows, channels, (row, rowCount, to) => ChannelSums.OfSquares(x + (row * channels), rowCount, channels, (float*)means, to));
            return (mean, [.. Total(squares, overRanks).Select(s => s / count)], count);
        }
    }

    private static double[] Total(double[] own, Func<double[], double[]>? overRanks) => overRanks is null ? own : overRanks(own);

    /// <summary>Returns mean and unbiased variance of each channel of images, in float64.</summary>
    public static (Tensor Mean, Tensor Variance) Moments(Tensor images)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor arranged = ImageLayout.Of(images);
        long rows = arranged.numel() / arranged.size(1);
        (float[] mean, double[] variance, _) = Moments(ImageLayout.Pointer(arranged), rows, (int)arranged.size(1));
        GC.KeepAlive(arranged);
        return (tensor([.. mean.Select(m => (double)m)]).MoveToOuterDisposeScope(), tensor([.. variance.Select(v => v * rows / (rows - 1))]).MoveToOuterDisposeScope());
    }

    public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
    {
        Tensor images = inputs[0];
        (int channels, long rows) = ((int)images.size(1), images.numel() / images.size(1));
        float* x = ImageLayout.Pointer(images);
        Tensor output = ImageLayout.Empty(images.size(0), channels, images.size(2), images.size(3));
        Tensor kept = empty(2, channels);
        float* mean = TensorMemory.Pointer<float>(kept);
        Statistics(x, rows, channels, mean, mean + channels);
        bool rectifies = _rectifies;
        fixed (float* fixedScale = Scale(inputs[1], mean + channels))
        {
            float* factor = fixedScale;
            float* offset = TensorMemory.Pointer<float>(inputs[2]);
            float* y = ImageLayout.Pointer(output);
            ChannelKernel.Share(rows, channels, (first, end) => Normalisation.Forward(x, mean, factor, offset, y, channels, first, end, rectifies));
        }

        GC.KeepAlive(inputs);
        return (output, kept);
    }

    public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted)
    {
        Tensor images = inputs[0];
        (int channels, long rows) = ((int)images.size(1), images.numel() / images.size(1));
        float* x = ImageLayout.Pointer(images);
        float* mean = TensorMemory.Pointer<float>(kept!);
        float* reciprocal = mean + channels;
        using Tensor? masked = _rectifies ? Masked(inputs, kept!, gradient) : null;
        float* g = ImageLayout.Pointer(masked ?? gradient);
        var gradients = new Tensor?[3];
        double[] sums = ChannelKernel.Sums(g, rows, channels);
        double[] products = ChannelKernel.Sum(
            rows, channels, (row, count, to) => ChannelSums.OfProducts(g + (row * channels), x + (row * channels), count, channels, mean, to));
        float* ofWeight = wanted[1] && _layer.weight.requires_grad ? PlaceOf(_layer.weight, out gradients[1]) : null;
        float* ofBias = wanted[2] && _layer.bias!.requires_grad ? PlaceOf(_layer.bias, out gradients[2]) : null;

        double[] total = _usesBatch ? Total([.. sums, .. products, rows], _overRanks) : [];

        // For each channel: the scale, and what is subtracted from the gradient because the value changes mean and variance.
        float[] factors = new float[3 * channels];
        ReadOnlySpan<float> weights = TensorMemory.Span<float>(inputs[1]);
        for (int channel = 0; channel < channels; channel++)
        {
            double product = products[channel] * reciprocal[channel];
            if (ofWeight is not null)
            {
                ofWeight[channel] += (float)product;
            }

            if (ofBias is not null)
            {
                ofBias[channel] += (float)sums[channel];
            }

            factors[channel] = weights[channel] * reciprocal[channel];
            factors[channels + channel] = _usesBatch ? (float)(total[channel] / total[^1]) : 0;
            factors[(2 * channels) + channel] = _usesBatch ? (float)(total[channels + channel] * reciprocal[channel] * reciprocal[channel] / total[^1]) : 0;
        }

        if (wanted[0])
        {
            gradients[0] = ImageLayout.Empty(images.size(0), channels, images.size(2), images.size(3));
            float* to = ImageLayout.Pointer(gradients[0]!);
            fixed (float* fixedFactors = factors)
            {
                float* factor = fixedFactors;
                ChannelKernel.Share(rows, channels, (first, end) => Normalisation.Backward(g, x, mean, factor, to, channels, first, end));
            }
        }

        GC.KeepAlive(inputs);
        GC.KeepAlive(kept);
        GC.KeepAlive(gradient);
        return gradients;
    }

    public override Tensor Reference(Tensor[] inputs)
    {
        Tensor output = Normalised(inputs);
        return _rectifies ? output.relu() : output;
    }

    private Tensor Normalised(Tensor[] inputs) => _overRanks is not null ? throw new NotSupportedException("Sums over ranks have no second derivative.") : _usesBatch
        ? nn.functional.batch_norm(inputs[0], null!, null!, inputs[1], inputs[2], training: true, 0, _layer.eps)
        : nn.functional.batch_norm(inputs[0], _layer.running_mean!, _layer.running_var!, inputs[1], inputs[2], training: false, 0, _layer.eps);

    /// <summary>Returns the factor of each channel.</summary>
    private static float[] Scale(Tensor weight, float* reciprocal)
    {
        float[] scale = TensorMemory.Span<float>(weight).ToArray();
        for (int channel = 0; channel < scale.Length; channel++)
        {
            scale[channel] *= reciprocal[channel];
        }

        return scale;
    }

    /// <summary>Returns the gradient before the ReLU. Whether a value was above 0 is computed again, because that takes no memory.</summary>
    private static Tensor Masked(Tensor[] inputs, Tensor kept, Tensor gradient)
    {
        Tensor images = inputs[0];
        (int channels, long rows) = ((int)images.size(1), images.numel() / images.size(1));
        Tensor masked = ImageLayout.Empty(images.size(0), channels, images.size(2), images.size(3));
        float* mean = TensorMemory.Pointer<float>(kept);
        fixed (float* fixedScale = Scale(inputs[1], mean + channels))
        {
            float* factor = fixedScale;
            float* offset = TensorMemory.Pointer<float>(inputs[2]);
            float* g = ImageLayout.Pointer(gradient);
            float* x = ImageLayout.Pointer(images);
            float* to = ImageLayout.Pointer(masked);
            ChannelKernel.Share(rows, channels, (first, end) => Normalisation.Mask(g, x, mean, factor, offset, to, channels, first, end));
        }

        return masked;
    }

    /// <summary>Writes the mean and the reciprocal of the deviation of each channel: those of the batch, which the running averages then take in, or
    /// the running averages.</summary>
    private void Statistics(float* x, long rows, int channels, float* mean, float* reciprocal)
    {
        Span<float> runningMean = TensorMemory.Span<float>(_layer.running_mean!);
        Span<float> runningVariance = TensorMemory.Span<float>(_layer.running_var!);
        if (!_usesBatch)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                mean[channel] = runningMean[channel];
                reciprocal[channel] = (float)(1 / Math.Sqrt(runningVariance[channel] + _layer.eps));
            }

            return;
        }

        (float[] means, double[] variances, double count) = Moments(x, rows, channels, _overRanks);
        double share = Share();
        for (int channel = 0; channel < channels; channel++)
        {
            mean[channel] = means[channel];
            reciprocal[channel] = (float)(1 / Math.Sqrt(variances[channel] + _layer.eps));
            runningMean[channel] = (float)(((1 - share) * runningMean[channel]) + (share * means[channel]));
            runningVariance[channel] = (float)(((1 - share) * runningVariance[channel]) + (share * (variances[channel] * count / (count - 1))));
        }
    }

    /// <summary>Counts the batch, and returns its share in the running averages.</summary>
    private double Share()
    {
        using IDisposable noGrad = no_grad();
        long count = 1;
        if (_layer.num_batches_tracked is { } batches)
        {
            using TorchSharp.Scalar one = _overRanks is null ? 1L : 0L;
            batches.add_(one);
            count = batches.item<long>();
        }

        return _layer.momentum ?? (1.0 / count);
    }
}
