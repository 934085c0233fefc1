using System.Buffers;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>Mixes a batch with itself in another order, inputs and targets alike: by a weighted sum (Zhang et al., "mixup: Beyond Empirical Risk
/// Minimization", 2018), or by a rectangle of the other image (Yun et al., "CutMix", 2019). With both, each batch is mixed in one of the two ways, each with
/// probability 1/2.</summary>
internal sealed class BatchMixing
{
    private readonly double _mixup;
    private readonly double _cutmix;
    private readonly double? _fraction;
    private readonly int _classes;
    private readonly CutMix? _cut;

    private BatchMixing(double mixup, double cutmix, double? fraction, int classes, CutMix? cut)
        => (_mixup, _cutmix, _fraction, _classes, _cut) = (mixup, cutmix, fraction, classes, cut);

    /// <summary>Creates the mixing for a data set; null if neither is on.</summary>
    /// <param name="dataset">The data set; its target must be a class.</param>
    /// <param name="shape">The shape of a sample after all transforms.</param>
    /// <param name="mixup">Above 0: the weight of a sum is drawn from Beta(mixup, mixup).</param>
    /// <param name="cutmix">Above 0: the area that stays is drawn from Beta(cutmix, cutmix).</param>
    /// <param name="fraction">The fraction of the batches that are mixed; null for all.</param>
    /// <exception cref="RequestException">The target is not a class, there are no images to cut from, or only the fraction is set.</exception>
    public static BatchMixing? For(IDataset dataset, SampleShape shape, double mixup, double cutmix, double? fraction = null)
    {
        if (mixup <= 0 && cutmix <= 0)
        {
            return fraction is null ? null : throw new RequestException(new Problem("No batch is mixed, so no fraction of the batches is")
            {
                Where = "loader.mix_fraction",
                Expected = "null, or loader.mixup or loader.cutmix above 0",
                Received = FormattableString.Invariant($"{fraction}"),
            });
        }

        if (dataset.Classes.Count == 0 || !dataset.Fields.Contains(Data.Field.ClassIndex))
        {
            throw new RequestException(new Problem("Only samples with one class each can be mixed")
            {
                Where = mixup > 0 ? "loader.mixup" : "loader.cutmix",
                Expected = "0, or a data set for classification",
                Received = FormattableString.Invariant($"{(mixup > 0 ? mixup : cutmix)}"),
            });
        }

        return cutmix <= 0 || shape.Rank == 3
            ? new BatchMixing(mixup, cutmix, fraction, dataset.Classes.Count, cutmix > 0 ? new CutMix(shape.Dimensions[0], shape.Dimensions[1], shape.Dimensions[2]) : null)
            : throw new RequestException(new Problem("Only images can be mixed by rectangles")
            {
                Where = "loader.cutmix",
                Expected = "0, or samples of three dimensions: channels, height, width",
                Received = $"samples {shape}",
                Hint = "Use loader.mixup.",
            });
    }

    /// <summary>Returns a field after the mixing: the target becomes a probability for each class.</summary>
    public Field Field(Field field) => field == Data.Field.ClassIndex
        ? new Field(Data.Field.Target, new SampleShape(_classes), ElementType.Float32)
        : field;

    /// <summary>Mixes a batch in place.</summary>
    /// <param name="plan">The plan of the epoch.</param>
    /// <param name="first">The position of the batch's first sample in the epoch; the mixing is a function of seed, epoch and this position.</param>
    /// <param name="labels">The class of each sample.</param>
    /// <param name="inputs">The samples, one after the other.</param>
    /// <param name="targets">The probabilities, <c>[samples, classes]</c>.</param>
    public void Apply(EpochPlan plan, int first, ReadOnlySpan<long> labels, Span<float> inputs, Span<float> targets)
    {
        RandomStream random = RandomStream.For(plan.Seed, RandomPurpose.Mixup, plan.Epoch, first);
        targets.Clear();
        if (_fraction is { } fraction && random.NextDouble() >= fraction)
        {
            for (int i = 0; i < labels.Length; i++)
            {
                targets[(i * _classes) + (int)labels[i]] = 1;
            }

            return;
        }

        bool cuts = _cut is not null && (_mixup <= 0 || random.NextInt32(2) == 1);
        float weight = (float)random.NextBeta(cuts ? _cutmix : _mixup, Arithmetic.IsPortable);
        int[] partners = [.. Enumerable.Range(0, labels.Length)];
        random.Shuffle(partners);
        float[] pure = ArrayPool<float>.Shared.Rent(inputs.Length);
        inputs.CopyTo(pure);
        weight = cuts ? _cut!.Apply(pure, partners, weight, inputs, ref random) : Sum(pure, partners, weight, inputs);
        ArrayPool<float>.Shared.Return(pure);
        for (int i = 0; i < labels.Length; i++)
        {
            targets[(i * _classes) + (int)labels[i]] += weight;
            targets[(i * _classes) + (int)labels[partners[i]]] += 1 - weight;
        }
    }

    private static float Sum(float[] pure, int[] partners, float weight, Span<float> inputs)
    {
        int size = inputs.Length / partners.Length;
        for (int i = 0; i < partners.Length; i++)
        {
            Mix(pure.AsSpan(i * size, size), pure.AsSpan(partners[i] * size, size), weight, inputs.Slice(i * size, size));
        }

        return weight;
    }

    private static void Mix(ReadOnlySpan<float> one, ReadOnlySpan<float> other, float weight, Span<float> mixed)
    {
        for (int i = 0; i < mixed.Length; i++)
        {
            float first = one[i] * weight;
            float second = other[i] * (1 - weight);
            mixed[i] = first + second;
        }
    }
}
