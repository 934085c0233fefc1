using System.Globalization;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The targets of a table: their kind, classes and scale.</summary>
internal sealed class TableTarget
{
    private const int MostClasses = 1000;
    private readonly IReadOnlyList<string> _columns;
    private readonly StatedTarget _kind;
    private readonly IReadOnlyList<string> _classes;
    private readonly TargetScaling _scaling;
    private readonly TargetScale? _scale;
    private readonly Dictionary<string, int> _indexOf;

    private TableTarget(IReadOnlyList<string> columns, StatedTarget kind, IReadOnlyList<string> classes, TargetScaling scaling = default, TargetScale? scale = null)
    {
        _columns = columns;
        _kind = kind;
        _classes = classes;
        _scaling = scaling;
        _scale = scale;
        _indexOf = classes.Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
    }

    /// <summary>Returns the kind of the targets as specified, else as the objective requires; null to decide by the column.</summary>
    public static StatedTarget? KindOf(TableOptions options, TargetKind wanted) => options.TargetKind ?? wanted switch
    {
        TargetKind.ClassIndex => StatedTarget.Classes,
        TargetKind.MultiHot => StatedTarget.Labels,
        TargetKind.Values => StatedTarget.Values,
        _ => null,
    };

    /// <summary>Fits the classes, or the scale of numbers, to the training rows.</summary>
    public static TableTarget Fit(Table table, ReadOnlySpan<int> rows, TableOptions options, TargetKind wanted)
    {
        StatedTarget kind = KindOf(options, wanted)
            ?? (table[options.Target[0]].Kind == TableColumnKind.Numeric ? StatedTarget.Values : StatedTarget.Classes);
        TargetScale.RequireNumbers(options.ScaleTarget, kind == StatedTarget.Values);
        if (kind == StatedTarget.Labels)
        {
            return new(options.Target, kind, options.Target);
        }

        if (kind == StatedTarget.Values)
        {
            double[] numbers = Numbers(table, rows, [.. options.Target.Select(c => table[c])], options.ScaleTarget);
            return new(options.Target, kind, [], options.ScaleTarget, TargetScale.Fit(options.ScaleTarget, numbers, options.Target.Count));
        }

        if (options.Target.Count > 1)
        {
            throw new RequestException(new Problem("Class targets need exactly one column")
            {
                Where = "data.target",
                Expected = "one column",
                Received = string.Join(", ", options.Target),
                Hint = "For several labels per row, set objective=multilabel_cross_entropy. For numbers, set objective=mse.",
            });
        }

        return new(options.Target, kind, ClassesOf(table, table[options.Target[0]], rows));
    }

    /// <summary>The field of the targets.</summary>
    public Field Field => _kind == StatedTarget.Classes
        ? Field.ClassIndex
        : new Field(Field.Target, _kind == StatedTarget.Values && _columns.Count == 1 ? SampleShape.Scalar : new SampleShape(_columns.Count), ElementType.Float32) { Scale = _scale };

    /// <summary>The classes, or the names of the labels.</summary>
    public IReadOnlyList<string> Classes => _classes;

    /// <summary>Writes the targets of a row as 32-bit values: a class index, or floats.</summary>
    /// <exception cref="RequestException">A target is missing, or its class does not occur in the training rows.</exception>
    public void Write(Table table, TableColumn[] columns, int row, Span<int> to)
    {
        for (int i = 0; i < columns.Length; i++)
        {
            to[i] = _kind switch
            {
                StatedTarget.Classes => ClassOf(table, columns[i], row),
                StatedTarget.Labels => BitConverter.SingleToInt32Bits(LabelOf(table, columns[i], row)),
                _ => BitConverter.SingleToInt32Bits(Scaled(table, columns[i], row, i)),
            };
        }
    }

    /// <summary>Creates a data set from rows and their inputs.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="samples">The encoded rows.</param>
    /// <param name="encoder">Their encoding.</param>
    /// <exception cref="RequestException">A target is missing, or its class does not occur in the training rows.</exception>
    public IDataset ToDataset(Table table, int[] rows, TableSamples samples, TableRowEncoder encoder)
    {
        ArrayDataset plain = ToDataset(table, rows, samples.Inputs, encoder.InputWidth);
        return encoder.CodeCount > 0 ? new CodesDataset(plain, encoder.Fields, samples.Codes) : plain;
    }

    private ArrayDataset ToDataset(Table table, int[] rows, float[] inputs, int width)
    {
        if (width == 0)
        {
            // All columns are codes. A data set of arrays has an input, which the data set of codes leaves out.
            (inputs, width) = (new float[rows.Length], 1);
        }

        var shape = new SampleShape(width);
        TableColumn[] columns = [.. _columns.Select(c => table[c])];
        return _kind switch
        {
            StatedTarget.Classes => ArrayDataset.ForClassification(inputs, [.. rows.Select(row => ClassOf(table, columns[0], row))], shape, _classes),
            StatedTarget.Labels => ArrayDataset.ForMultilabel(inputs, [.. rows.SelectMany(row => columns.Select(c => LabelOf(table, c, row)))], shape, _classes),
            _ => ArrayDataset.ForRegression(
                inputs,
                Numbers(table, rows, columns, _scaling),
                shape,
                columns.Length == 1 ? SampleShape.Scalar : new SampleShape(columns.Length),
                _scale),
        };
    }

    /// <summary>Returns the class of each row for stratification; null if the targets are not classes.</summary>
    public static int[]? Strata(Table table, int[] rows, StatedTarget kind, TableColumn column)
    {
        if (kind != StatedTarget.Classes || column.Kind != TableColumnKind.Categorical)
        {
            return null;
        }

        // The index of each value's class in ordinal order.
        var names = TableClassNames.Of(column.Words);
        string[] classes = [.. column.Words.Select(names.NameOf)];
        Dictionary<string, int> places = classes.Distinct().Order(StringComparer.Ordinal).Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
        int[] order = [.. classes.Select(c => places[c])];
        return [.. rows.Select(row => column.Code(row) is >= 0 and int code ? order[code] : throw Missing(table, column, row))];
    }

    private static IReadOnlyList<string> ClassesOf(Table table, TableColumn column, ReadOnlySpan<int> rows)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (int row in rows)
        {
            found.Add(column.Word(row) ?? throw Missing(table, column, row));
        }

        var names = TableClassNames.Of(found);
        if (names.AreFractions || names.Classes.Count is < 2 or > MostClasses)
        {
            throw new RequestException(new Problem(names.Classes.Count < 2 ? "All training rows have the same class" : "The target column does not look like classes")
            {
                Where = $"{table.Path}, column {column.Name}",
                Expected = $"from 2 to {MostClasses} classes",
                Received = names.AreFractions ? $"numbers, such as {found.First(f => !TableClassNames.IsWhole(f))}" : $"{names.Classes.Count} different values",
                Hint = "For numeric targets, set objective=mse.",
            });
        }

        return names.Classes;
    }

    /// <summary>Returns the target values of rows, row-major.</summary>
    /// <exception cref="RequestException">A value is missing or can't be scaled.</exception>
    private static double[] Numbers(Table table, ReadOnlySpan<int> rows, TableColumn[] columns, TargetScaling scaling)
    {
        var numbers = new double[rows.Length * columns.Length];
        int at = 0;
        foreach (int row in rows)
        {
            foreach (TableColumn column in columns)
            {
                double number = NumberOf(table, column, row);
                numbers[at++] = TargetScale.IsInDomain(scaling, number)
                    ? number
                    : throw new RequestException(TargetScale.OutsideDomain(scaling, number, table.Place(row, column.Name)));
            }
        }

        return numbers;
    }

    private float Scaled(Table table, TableColumn column, int row, int output)
    {
        double number = NumberOf(table, column, row);
        return TargetScale.IsInDomain(_scaling, number) ? _scale?.To(number, output) ?? (float)number
            : throw new RequestException(TargetScale.OutsideDomain(_scaling, number, table.Place(row, column.Name)));
    }

    private static RequestException Missing(Table table, TableColumn column, int row) => new(new Problem("The target is missing")
    {
        Where = table.Place(row, column.Name),
        Expected = "a target in every row",
        Hint = "Set data.missing=drop_row to drop such rows.",
    });

    private static double NumberOf(Table table, TableColumn column, int row)
        => column.IsMissing(row) ? throw Missing(table, column, row) : column.Number(row);

    private static float LabelOf(Table table, TableColumn column, int row)
    {
        double number = NumberOf(table, column, row);
        return number is 0 or 1 ? (float)number : throw new RequestException(new Problem("A label is neither 0 nor 1")
        {
            Where = table.Place(row, column.Name),
            Expected = "0 or 1",
            Received = number.ToString(CultureInfo.InvariantCulture),
        });
    }

    private int ClassOf(Table table, TableColumn column, int row)
    {
        string word = column.Word(row) ?? throw Missing(table, column, row);
        return _indexOf.TryGetValue(word, out int index) || (TableClassNames.WholeName(word) is { } whole && _indexOf.TryGetValue(whole, out index)) ? index : throw new RequestException(new Problem("A class does not occur in the training rows")
        {
            Where = table.Place(row, column.Name),
            Expected = $"one of {string.Join(", ", _classes.Take(20))}{(_classes.Count > 20 ? ", …" : string.Empty)}",
            Received = CsvField.Short(word),
            Hint = "The model can't predict a class without training rows. Add rows of this class to the training data, or remove this row.",
        });
    }
}
