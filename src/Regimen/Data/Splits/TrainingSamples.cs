using System.Globalization;

namespace Regimen.Data;

/// <summary>What makes training samples useless, however a model is trained on them.</summary>
internal static class TrainingSamples
{
    private const int Told = 10;

    /// <summary>Classes that no training sample has, and inputs that are all the same.</summary>
    /// <param name="data">What is to be trained on.</param>
    /// <param name="where">What problems call it.</param>
    public static IEnumerable<Problem> Problems(DataSplits data, string where) => [.. MissingClasses(data, where), .. NoVariation(data.Train, where)];

    private static IEnumerable<Problem> MissingClasses(DataSplits data, string where)
    {
        // Where labels are not at hand, every sample would have to be read for them.
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
            string names = string.Join(", ", missing.Take(Told).Select(c => data.Train.Classes[c])) + (missing.Length > Told ? " …" : string.Empty);
            yield return new Problem(missing.Length == 1 ? "A class has no training sample" : $"{Number(missing.Length)} classes have no training sample")
            {
                Where = where,
                Expected = $"a training sample of each of the {Number(trained.Length)} classes",
                Received = elsewhere.Length > 0 ? $"none of {names}, which {elsewhere} has" : $"none of {names}",
                Hint = "Set data.stratify=true, hold less out or raise data.limit; a class that has no sample at all must not be among the classes.",
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

    /// <summary>Reads samples one by one until two values differ: usually no more than the first, and a sample may be slow to read.</summary>
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
                Hint = "regimen inspect data shows what is read. Of images with 16 bits a level the upper 8 are read: scale their levels to the whole range.",
            },
        ];
    }

    private static string Number(int value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
