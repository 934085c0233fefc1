using System.Globalization;
using Regimen.Data;

namespace Regimen.Optimization;

/// <summary>Weights of classes and labels that follow from the training samples, and the checks of stated ones.</summary>
internal static class MeasuredWeights
{
    private const int BatchSize = 256;

    /// <summary>Returns <c>n / (k · n_c)</c> of each class, for n samples of k classes of which n_c have class c; scikit-learn's <c>balanced</c>.
    /// A class that is left out has the weight 0 and is not counted.</summary>
    /// <exception cref="RequestException">A class has no training sample.</exception>
    public static IReadOnlyList<double> OfClasses(IDataset training, long? ignored, string key)
    {
        return OfCounts(Counts(training), training.Classes, ignored, key);
    }

    /// <summary>Returns <c>n / (k · n_c)</c> of each class, for n pixels of k classes of which n_c have class c. A class that is left out has the
    /// weight 0 and is not counted.</summary>
    /// <exception cref="RequestException">A class has no pixel in the training masks.</exception>
    public static IReadOnlyList<double> OfPixels(IDataset training, long? ignored, string key)
        => OfCounts(PixelCounts.Of(training)[..training.Classes.Count], training.Classes, ignored, key, "pixel");

    private static IReadOnlyList<double> OfCounts(long[] counts, IReadOnlyList<string> names, long? ignored, string key, string noun = "sample")
    {
        bool[] counted = [.. counts.Select((_, c) => c != ignored)];
        if (Enumerable.Range(0, counts.Length).Where(c => counted[c] && counts[c] == 0).ToArray() is [int first, ..])
        {
            throw Missing("class", names[first], key, noun);
        }

        long samples = counts.Where((_, c) => counted[c]).Sum();
        int classes = counted.Count(c => c);
        return [.. counts.Select((n, c) => counted[c] ? samples / ((double)classes * n) : 0)];
    }

    /// <summary>Returns the negative samples per positive one.</summary>
    /// <exception cref="RequestException">A class has no training sample.</exception>
    public static IReadOnlyList<double> OfPositive(IDataset training, int positive, string key)
    {
        long[] counts = Counts(training);
        return counts.AsSpan().IndexOf(0) is var none and >= 0 ? throw Missing("class", training.Classes[none], key) : [(double)counts[1 - positive] / counts[positive]];
    }

    /// <summary>Returns, for each label, the samples without it per sample with it.</summary>
    /// <exception cref="RequestException">A label has no training sample, or every sample has it.</exception>
    public static IReadOnlyList<double> OfLabels(IDataset training, string key)
    {
        var present = new long[training.Classes.Count];
        using var buffer = new BatchBuffer(training.Fields, Math.Clamp(training.Count, 1, BatchSize));
        for (int first = 0; first < training.Count; first += BatchSize)
        {
            int[] indices = [.. Enumerable.Range(first, Math.Min(BatchSize, training.Count - first))];
            training.Gather(indices, ChannelScale.Identity, buffer);
            ReadOnlySpan<float> labels = buffer.Floats(Field.Target);
            for (int i = 0; i < indices.Length * present.Length; i++)
            {
                present[i % present.Length] += labels[i] == 1 ? 1 : 0;
            }
        }

        int wrong = Array.FindIndex(present, n => n == 0 || n == training.Count);
        return wrong >= 0 ? throw Missing(present[wrong] == 0 ? "label" : "negative of the label", training.Classes[wrong], key)
            : [.. present.Select(n => (double)(training.Count - n) / n)];
    }

    /// <summary>Refuses weights of another number than there are classes or labels.</summary>
    /// <exception cref="RequestException">There are more or fewer, or all are 0.</exception>
    public static void Check(ClassWeights? weights, IReadOnlyList<string> names, bool acceptsSingle, string key, string noun)
    {
        if (weights is null or { IsBalanced: true } || (acceptsSingle && weights.Count == 1))
        {
            return;
        }

        if (weights.Count != names.Count)
        {
            throw new RequestException(new Problem($"`{key}` has another number of weights than the data has {noun}")
            {
                Where = key,
                Expected = $"{names.Count} numbers, in the order {string.Join(", ", names)}",
                Received = $"{weights.Count}",
            });
        }

        if (weights.All(w => w == 0))
        {
            throw new RequestException(new Problem($"All weights of `{key}` are 0: there is nothing to learn") { Where = key, Expected = "a weight above 0" });
        }
    }

    /// <summary>Describes measured weights, for the log.</summary>
    public static string Describe(string key, IReadOnlyList<string> names, IReadOnlyList<double> weights)
        => $"{key} balanced: {string.Join(", ", names.Zip(weights, (n, w) => string.Create(CultureInfo.InvariantCulture, $"{n} {w:R}")))}";

    /// <summary>Returns the problem of weights that were never measured.</summary>
    public static RequestException NotMeasured(string key) => new(new Problem("Balanced weights were not measured: the objective has not been given the training samples")
    {
        Where = key,
        Hint = "Call objective = objective.For(training), as the trainer does, before the objective is used without a trainer.",
    });

    private static long[] Counts(IDataset training)
    {
        var counts = new long[training.Classes.Count];
        foreach (int label in ClassLabels.Of(training) ?? [])
        {
            counts[label]++;
        }

        return counts;
    }

    private static RequestException Missing(string what, string name, string key, string noun = "sample") => new(new Problem($"Balanced weights need a training {noun} of each {what}")
    {
        Where = key,
        Expected = $"at least one {noun}",
        Received = $"none of '{name}'",
        Hint = "State the weights as a list, or hold out less.",
    });
}
