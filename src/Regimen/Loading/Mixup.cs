using System.Buffers;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>Mixes a batch with itself in another order, inputs and targets by the same part (Zhang and others: "mixup: Beyond Empirical Risk
/// Minimization", 2018).</summary>
internal sealed class Mixup
{
    private readonly double _alpha;
    private readonly int _classes;

    private Mixup(double alpha, int classes) => (_alpha, _classes) = (alpha, classes);

    /// <summary>For the samples of a set.</summary>
    /// <param name="dataset">Whose target must be a class.</param>
    /// <param name="alpha">The part is drawn from Beta(alpha, alpha).</param>
    /// <exception cref="RequestException">It is none.</exception>
    public static Mixup For(IDataset dataset, double alpha)
        => dataset.Classes.Count > 0 && dataset.Fields.Contains(Data.Field.ClassIndex)
            ? new Mixup(alpha, dataset.Classes.Count)
            : throw new RequestException(new Problem("Only samples with a class each can be mixed")
            {
                Where = "loader.mixup",
                Expected = "0, or a data set for classification",
                Received = FormattableString.Invariant($"{alpha}"),
            });

    /// <summary>What a field is after the mixing: the target becomes a probability a class.</summary>
    public Field Field(Field field) => field == Data.Field.ClassIndex
        ? new Field(Data.Field.Target, new SampleShape(_classes), ElementType.Float32)
        : field;

    /// <summary>Mixes a batch in place.</summary>
    /// <param name="plan">The epoch.</param>
    /// <param name="first">The place of the batch's first sample in the epoch: with seed and epoch it is what the mixing follows from.</param>
    /// <param name="labels">The class of each sample.</param>
    /// <param name="inputs">The samples, one after the other.</param>
    /// <param name="targets">Where the probabilities go, <c>[samples, classes]</c>.</param>
    public void Apply(EpochPlan plan, int first, ReadOnlySpan<long> labels, Span<float> inputs, Span<float> targets)
    {
        RandomStream random = RandomStream.For(plan.Seed, RandomPurpose.Mixup, plan.Epoch, first);
        float part = (float)Beta(_alpha, ref random);
        int[] partners = [.. Enumerable.Range(0, labels.Length)];
        random.Shuffle(partners);
        float[] pure = ArrayPool<float>.Shared.Rent(inputs.Length);
        inputs.CopyTo(pure);
        int size = inputs.Length / labels.Length;
        targets.Clear();
        for (int i = 0; i < labels.Length; i++)
        {
            Mix(pure.AsSpan(i * size, size), pure.AsSpan(partners[i] * size, size), part, inputs.Slice(i * size, size));
            targets[(i * _classes) + (int)labels[i]] += part;
            targets[(i * _classes) + (int)labels[partners[i]]] += 1 - part;
        }

        ArrayPool<float>.Shared.Return(pure);
    }

    private static void Mix(ReadOnlySpan<float> one, ReadOnlySpan<float> other, float part, Span<float> mixed)
    {
        for (int i = 0; i < mixed.Length; i++)
        {
            float first = one[i] * part;
            float second = other[i] * (1 - part);
            mixed[i] = first + second;
        }
    }

    /// <summary>From two numbers of the gamma distribution.</summary>
    private static double Beta(double alpha, ref RandomStream random)
    {
        double one = Gamma(alpha, ref random);
        double other = Gamma(alpha, ref random);
        return one + other > 0 ? one / (one + other) : 0.5;
    }

    /// <summary>Marsaglia, Tsang: "A Simple Method for Generating Gamma Variables", 2000; below 1 by a power of a uniform number.</summary>
    private static double Gamma(double shape, ref RandomStream random)
    {
        if (shape < 1)
        {
            double grown = Gamma(shape + 1, ref random);
            return grown * Math.Pow(1 - random.NextDouble(), 1 / shape);
        }

        double d = shape - (1.0 / 3);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double normal = Normal(ref random);
            double cube = Math.Pow(1 + (c * normal), 3);
            if (cube > 0 && Math.Log(1 - random.NextDouble()) < (normal * normal / 2) + (d * (1 - cube + Math.Log(cube))))
            {
                return d * cube;
            }
        }
    }

    /// <summary>Box, Muller: "A Note on the Generation of Random Normal Deviates", 1958.</summary>
    private static double Normal(ref RandomStream random)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        return radius * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
