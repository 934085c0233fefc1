using System.Globalization;

namespace Regimen.Data;

/// <summary>Checks training samples for problems that make training useless.</summary>
internal static class TrainingSamples
{
    private const int MaxNames = 10;

    /// <summary>Returns a problem for classes without a training sample, and one for inputs that are all the same.</summary>
    /// <param name="data">The data.</param>
    /// <param name="where">The place that problems name.</param>
    public static IEnumerable<Problem> Problems(DataSplits data, string where) => [.. MissingClasses(data, where), .. NoVariation(data.Train, where)];

    private static IEnumerable<Problem> MissingClasses(DataSplits data, string where)
    {
        // Without labels in memory every sample would have to be read.
        if (data.Train.Labels is not { } labels || data.Train.Classes.Count == 0)
        {
            yield break;
        }

        bool[] trained = Found(labels, data.Train.Classes.Count);
        int[] missing = [.. Enumerable.Range(0, trained.Length).Where(c => !trained[c])];
        if (missing.Length > 0)
        {
            string elsewhere = string.Join(", ", from part in data.Parts.Skip(1)
                                                 where part.Data.Labels is { } l && l.Any(c => !trained[c])
                                                 select part.Name);
            string names = string.Join(", ", missing.Take(MaxNames).Select(c => data.Train.Classes[c])) + (missing.Length > MaxNames ? " …" : string.Empty);
            yield return new Problem(missing.Length == 1 ? "A class has no training sample" : $"{Number(missing.Length)} classes have no training sample")
            {
                Where = where,
                Expected = $"a training sample of each of the {Number(trained.Length)} classes",
                Received = elsewhere.Length > 0 ? $"none of {names}, which are in {elsewhere}" : $"none of {names}",
                Hint = "Set data.stratify=true, hold out less or raise data.limit. Remove classes that have no sample at all.",
            };
        }
    }

    private static bool[] Found(IReadOnlyList<int> labels, int classes)
    {
        bool[] found = new bool[classes];
        foreach (int label in labels)
        {
            found[label] = true;
        }

        return found;
    }

    /// <summary>Reads samples one by one until two values differ. Usually the first sample is enough, and a sample may be slow to read.</summary>
    private static IEnumerable<Problem> NoVariation(IDataset train, string where)
    {
        if (train.Count == 0 || !train.Fields.Any(f => f.Name == Field.Input && f.Type == ElementType.Float32))
        {
            return [];
        }

        using var buffer = new BatchBuffer(train.Fields, 1);
        float? first = null;
        for (int i = 0; i < train.Count; i++)
        {
            train.Gather([i], ChannelScale.Identity, buffer);
            ReadOnlySpan<float> values = buffer.Floats(Field.Input);
            first ??= values[0];
            if (values.IndexOfAnyExcept(first.Value) >= 0)
            {
                return [];
            }
        }

        return
        [
            new Problem("All values of the training inputs are the same: there is nothing to learn from")
            {
                Where = where,
                Expected = "values that differ",
                Received = string.Create(CultureInfo.InvariantCulture, $"{first} in all {train.Count:#,0} training samples"),
                Hint = "Inspect the values with regimen inspect data. Only the upper 8 bits of images with 16 bits per level are read: scale their levels to the whole range.",
            },
        ];
    }

    private static string Number(int value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
