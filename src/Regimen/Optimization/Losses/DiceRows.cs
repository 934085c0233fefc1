using Regimen.Data;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>The soft Dice loss and the cross-entropy of masks, with the same bits on every processor.</summary>
/// <remarks>Probabilities are <c>e^(logit − highest) / Σ</c> in float32, by <see cref="PortableExponentials"/>. The sums of an image have double precision,
/// pixels in order; the losses of the images are added in order, and so are the classes. Threads take images.</remarks>
internal static unsafe class DiceRows
{
    /// <summary>Returns both losses, each a mean over the images, and the gradient of <c>dice + weight·entropy</c>.</summary>
    /// <param name="logits">The logits <c>[images · pixels, classes]</c>, contiguous.</param>
    /// <param name="target">The class of each pixel, or <see cref="MaskTarget.Ignored"/>.</param>
    /// <param name="images">The number of images.</param>
    /// <param name="smooth">The number that is added to numerator and denominator.</param>
    /// <param name="weight">The weight of the cross-entropy.</param>
    public static (double Dice, double Entropy, Tensor Gradient) Of(Tensor logits, Tensor target, int images, double smooth, double weight)
    {
        int classes = (int)logits.size(1);
        long pixels = logits.size(0) / images;
        using Tensor flat = target.contiguous();
        Tensor gradient = zeros_like(logits);
        float* z = TensorMemory.Pointer<float>(logits);
        float* to = TensorMemory.Pointer<float>(gradient);
        long* labels = TensorMemory.Pointer<long>(flat);
        var losses = new (double Dice, double Entropy)[images];
        int parts = Math.Clamp(images, 1, Threads.Parts);
        Threads.Share(parts, part =>
        {
            (long first, long end) = WorkRange.Of(images, part, parts, 1);
            for (long image = first; image < end; image++)
            {
                long at = image * pixels;
                losses[image] = OfImage(z + (at * classes), labels + at, to + (at * classes), pixels, classes, (smooth, weight, images));
            }
        });
        GC.KeepAlive(logits);
        (double dice, double entropy) = (0, 0);
        foreach ((double ownDice, double ownEntropy) in losses)
        {
            dice += ownDice;
            entropy += ownEntropy;
        }

        return (dice / images, entropy / images, gradient);
    }

    private static (double Dice, double Entropy) OfImage(float* logits, long* labels, float* to, long pixels, int classes, (double Smooth, double Weight, int Images) options)
    {
        double[] both = new double[classes], each = new double[classes], slope = new double[classes];
        (double entropy, long counted) = (0, 0);
        for (long pixel = 0; pixel < pixels; pixel++)
        {
            if (labels[pixel] == MaskTarget.Ignored)
            {
                continue;
            }

            int label = (int)labels[pixel];
            float* z = logits + (pixel * classes);
            float* p = to + (pixel * classes);
            (float highest, float sum) = PortableExponentials.Of(z, p, classes);
            for (int c = 0; c < classes; c++)
            {
                p[c] /= sum;
                each[c] += p[c];
            }

            both[label] += p[label];
            each[label]++;
            entropy += highest + PortableMath.Log(sum) - z[label];
            counted++;
        }

        double total = 0;
        double[] ratio = new double[classes];
        for (int c = 0; c < classes; c++)
        {
            each[c] += options.Smooth;
            ratio[c] = ((2 * both[c]) + options.Smooth) / each[c];
            total += ratio[c];
        }

        double factor = 1.0 / ((double)classes * options.Images);
        double ofEntropy = options.Weight / ((double)options.Images * Math.Max(1, counted));
        for (long pixel = 0; pixel < pixels; pixel++)
        {
            if (labels[pixel] == MaskTarget.Ignored)
            {
                continue;
            }

            // The derivative of the loss by each probability; then by the logits: p·(slope − Σ p·slope).
            int label = (int)labels[pixel];
            float* p = to + (pixel * classes);
            double mean = 0;
            for (int c = 0; c < classes; c++)
            {
                slope[c] = (ratio[c] - (c == label ? 2 : 0)) / each[c] * factor;
                mean += p[c] * slope[c];
            }

            for (int c = 0; c < classes; c++)
            {
                p[c] = (float)((p[c] * (slope[c] - mean)) + ((p[c] - (c == label ? 1 : 0)) * ofEntropy));
            }
        }

        return (1 - (total / classes), entropy / Math.Max(1, counted));
    }
}
