using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.Data;

namespace Regimen.Experiments;

/// <summary>A column of the samples whose distribution is compared between splits.</summary>
/// <param name="Name">The name, as in messages.</param>
/// <param name="Categories">The number of categories; 0 for a column of numbers.</param>
/// <param name="Number">Returns the number of a row of the buffer.</param>
/// <param name="Category">Returns the category of a row of the buffer; −1 for none.</param>
internal sealed record ComparedColumn(string Name, int Categories, Func<BatchBuffer, int, float>? Number, Func<BatchBuffer, int, int>? Category)
{
    /// <summary>The largest number of values of a sample that are compared one by one. Of larger samples, such as images, their mean and standard
    /// deviation are compared.</summary>
    public const int MostValues = 256;

    /// <summary>Returns the columns of a data set: those of its table, or the values of a sample; then the target.</summary>
    public static IReadOnlyList<ComparedColumn> Of(DataSplits data)
    {
        IDataset set = data.Train;
        Field? input = set.Fields.FirstOrDefault(f => f is { Name: Field.Input, Type: ElementType.Float32, IsVariable: false });
        List<ComparedColumn> columns = data.Encoding is { } encoding && encoding["name"]?.ToString() is TableRowEncoder.StepName or TableWindows.StepName ? OfTable(encoding)
            : input is null ? []
            : input.Shape.Rank <= 1 && input.Shape.Elements <= MostValues ? [.. Enumerable.Range(0, input.Shape.Elements).Select(i => OfValue(string.Create(CultureInfo.InvariantCulture, $"input[{i}]"), input.Shape.Elements, i))]
            : OfSamples(input.Shape.Elements);
        DatasetTarget target = DatasetTarget.Of(set);
        columns.AddRange(target.Kind switch
        {
            TargetKind.ClassIndex when set.Classes.Count > 0 => [new("target", set.Classes.Count, null, (buffer, row) => (int)buffer.Longs(Field.Target)[row])],
            TargetKind.Values when target.Size <= MostValues => Enumerable.Range(0, target.Size).Select(i
                => new ComparedColumn(target.Size == 1 ? "target" : string.Create(CultureInfo.InvariantCulture, $"target[{i}]"), 0, (buffer, row) => buffer.Floats(Field.Target)[(row * target.Size) + i], null)),
            _ => [],
        });
        return columns;
    }

    /// <summary>Returns the columns of a table; of a window over rows, those of its last row.</summary>
    private static List<ComparedColumn> OfTable(JsonObject encoding)
    {
        TableWindows? windows = encoding["name"]?.ToString() == TableWindows.StepName ? TableWindows.FromJson(encoding) : null;
        TableRowEncoder encoder = windows?.Table ?? TableRowEncoder.FromJson(encoding);
        int size = encoder.InputWidth * (windows?.Window ?? 1);
        var columns = new List<ComparedColumn>();
        int at = size - encoder.InputWidth;
        foreach (TableFeature feature in encoder.Features)
        {
            (int first, int width) = (at, feature.Width);
            columns.Add(feature.Kind == TableColumnKind.Numeric ? OfValue(feature.Name, size, first)
                : feature.CodeField is { } field ? new(feature.Name, feature.Cardinality, null, (buffer, row) => (int)buffer.Longs(field)[row])
                : new(feature.Name, feature.Words.Count, null, (buffer, row) => buffer.Floats(Field.Input).Slice((row * size) + first, width).IndexOf(1f)));
            at += width;
        }

        return columns;
    }

    private static ComparedColumn OfValue(string name, int size, int index) => new(name, 0, (buffer, row) => buffer.Floats(Field.Input)[(row * size) + index], null);

    private static List<ComparedColumn> OfSamples(int size) =>
    [
        new("mean of the sample", 0, (buffer, row) => (float)Moments(buffer, row, size).Mean, null),
        new("deviation of the sample", 0, (buffer, row) => (float)Moments(buffer, row, size).Std, null),
    ];

    private static RunningStatistics Moments(BatchBuffer buffer, int row, int size)
    {
        RunningStatistics moments = default;
        moments.Add(buffer.Floats(Field.Input).Slice(row * size, size));
        return moments;
    }
}
