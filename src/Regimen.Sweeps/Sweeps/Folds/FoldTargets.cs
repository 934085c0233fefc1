using System.Globalization;
using Regimen.Data;

namespace Regimen.Sweeps;

/// <summary>The targets of a fold's samples as texts: the class, the labels, or the numbers in their own units.</summary>
internal sealed class FoldTargets
{
    private const int ReadTogether = 256;
    private readonly string[][] _texts;

    private FoldTargets(IReadOnlyList<string> names, string[][] texts) => (Names, _texts) = (names, texts);

    /// <summary>The names of the columns; none for targets of another kind.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Reads the targets of a data set.</summary>
    public static FoldTargets Of(IDataset data)
    {
        DatasetTarget target = DatasetTarget.Of(data);
        TargetScale? scale = TargetScale.Of(data);
        IReadOnlyList<string> names = target.Kind switch
        {
            TargetKind.Values when target.Size > 1 => [.. Enumerable.Range(1, target.Size).Select(i => string.Create(CultureInfo.InvariantCulture, $"target_{i}"))],
            TargetKind.ClassIndex or TargetKind.MultiHot or TargetKind.Values => ["target"],
            _ => [],
        };
        var texts = new string[data.Count][];
        using var buffer = new BatchBuffer(data.Fields, Math.Clamp(data.Count, 1, ReadTogether));
        for (int first = 0; first < data.Count; first += ReadTogether)
        {
            int[] indices = [.. Enumerable.Range(first, Math.Min(ReadTogether, data.Count - first))];
            data.Gather(indices, ChannelScale.Identity, buffer);
            for (int i = 0; i < indices.Length; i++)
            {
                texts[first + i] = target.Kind switch
                {
                    TargetKind.ClassIndex => [Class(data, (int)buffer.Longs(Field.Target)[i])],
                    TargetKind.MultiHot => [string.Join(';', Labels(data, buffer.Floats(Field.Target).Slice(i * target.Size, target.Size)))],
                    TargetKind.Values => Numbers(scale, buffer.Floats(Field.Target).Slice(i * target.Size, target.Size)),
                    _ => [],
                };
            }
        }

        return new FoldTargets(names, texts);
    }

    /// <summary>Returns the texts of a sample's target, one for each column.</summary>
    public IReadOnlyList<string> Of(int index) => _texts[index];

    private static string Class(IDataset data, int index) => data.Classes.Count > 0 ? data.Classes[index] : index.ToString(CultureInfo.InvariantCulture);

    private static List<string> Labels(IDataset data, ReadOnlySpan<float> values)
    {
        var labels = new List<string>();
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] == 1)
            {
                labels.Add(data.Classes[i]);
            }
        }

        return labels;
    }

    /// <summary>Returns numbers with the precision of their float32 values.</summary>
    private static string[] Numbers(TargetScale? scale, ReadOnlySpan<float> values)
    {
        string[] texts = new string[values.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = ((float)(scale?.From(values[i], i) ?? values[i])).ToString("R", CultureInfo.InvariantCulture);
        }

        return texts;
    }
}
