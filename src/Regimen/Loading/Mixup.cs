using System.Buffers;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>Mixes a batch with itself in another order, inputs and targets with the same weight (Zhang et al., "mixup: Beyond Empirical Risk
/// Minimization", 2018).</summary>
internal sealed class Mixup
{
    private readonly double _alpha;
    private readonly int _classes;

    private Mixup(double alpha, int classes) => (_alpha, _classes) = (alpha, classes);

    /// <summary>Creates the mixing for a data set.</summary>
    /// <param name="dataset">The data set; its target must be a class.</param>
    /// <param name="alpha">The weight is drawn from Beta(alpha, alpha).</param>
    /// <exception cref="RequestException">The target is not a class.</exception>
    public static Mixup For(IDataset dataset, double alpha)
        => dataset.Classes.Count > 0 && dataset.Fields.Contains(Data.Field.ClassIndex)
            ? new Mixup(alpha, dataset.Classes.Count)
            : throw new RequestException(new Problem("Only samples with one class each can be mixed")
            {
                Where = "loader.mixup",
                Expected = "0, or a data set for classification",
                Received = FormattableString.Invariant($"{alpha}"),
            });

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
        float weight = (float)Beta(_alpha, ref random);
        int[] partners = [.. Enumerable.Range(0, labels.Length)];
        random.Shuffle(partners);
        float[] pure = ArrayPool<float>.Shared.Rent(inputs.Length);
        inputs.CopyTo(pure);
        int size = inputs.Length / labels.Length;
        targets.Clear();
        for (int i = 0; i < labels.Length; i++)
        {
            Mix(pure.AsSpan(i * size, size), pure.AsSpan(partners[i] * size, size), weight, inputs.Slice(i * size, size));
            targets[(i * _classes) + (int)labels[i]] += weight;
            targets[(i * _classes) + (int)labels[partners[i]]] += 1 - weight;
        }

        ArrayPool<float>.Shared.Return(pure);
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

    /// <summary>Draws from the beta distribution by two draws from the gamma distribution.</summary>
    private static double Beta(double alpha, ref RandomStream random)
    {
        double one = Gamma(alpha, ref random);
        double other = Gamma(alpha, ref random);
        return one + other > 0 ? one / (one + other) : 0.5;
    }

    /// <summary>Draws from the gamma distribution (Marsaglia, Tsang: "A Simple Method for Generating Gamma Variables", 2000). A shape below 1 uses a
    /// power of a uniform number.</summary>
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

    /// <summary>Draws from the normal distribution (Box, Muller: "A Note on the Generation of Random Normal Deviates", 1958).</summary>
    private static double Normal(ref RandomStream random)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        return radius * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
