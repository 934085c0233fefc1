using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Reads a table, splits it, and fits the encoding of all rows to the training rows.</summary>
/// <param name="options">The options.</param>
/// <param name="context">The context.</param>
/// <param name="source">The table.</param>
/// <param name="testSource">The table of the test rows; null to hold out a fraction of the rows.</param>
internal sealed class TableSplits(TableOptions options, DatasetContext context, ITableSource source, ITableSource? testSource)
{
    private readonly CellFormat _format = TableFormat.Of(options);
    private readonly List<string> _notes = [];
    private readonly StatedTarget? _kind = TableTarget.KindOf(options, context.Target);
    private readonly FoldChoice? _fold = FoldChoice.Of(options.Folds, options.Fold, options.Repeat);

    public DataSplits Load()
    {
        TableChecks.RequireSoundLists(options);
        TimeSplit.Check(options, _kind);

        var missing = new MissingRows(options, _notes);
        Table table = Read(source);
        if (context.Look is { } look)
        {
            look.Table = TableDescription.Of(table, options);
        }

        ProblemList.ThrowIfAny([.. ColumnSettings.Check(options, [.. table.Columns.Select(c => c.Name)])]);
        Table? testTable = testSource is not null && _fold is null ? Read(testSource) : null;
        if (testSource is not null && _fold is not null)
        {
            _notes.Add(_fold.NoteOfUnusedTest(testSource.Name));
        }

        TableChecks.RequireSameKinds(options, table, testTable);
        (int[] train, int[] validation, int[] test) = Split(table, missing.Kept(table), testTable is null && _fold is null ? options.TestFraction : 0);

        TableTarget target = TableTarget.Fit(table, train, options, context.Target);
        TableRowEncoder rows = Encoder(Features(table, train));
        var encoding = new TableEncoding(rows);
        TableSummary? summary = context.Look?.Table ?? (context.DescribesTables ? TableDescription.Of(table, options) : null);
        TableSamples[] inputs = encoding.Encode(table, testTable is null ? [train, validation, test] : [train, validation], kept: options.Target);
        if (testTable is not null)
        {
            test = missing.Kept(testTable);
            inputs = [.. inputs, .. encoding.Encode(testTable, [test], kept: options.Target)];
        }

        TableWindows? windows = options.Window is { } window ? new(window, options.Horizon, options.Target, rows) : null;
        if (windows is not null && testTable is not null)
        {
            TimeSplit.RequireWindow(options, "testing", test.Length);
        }

        return new DataSplits
        {
            Train = Samples(target.ToDataset(table, train, inputs[0], rows), options.Stride),
            Validation = validation.Length > 0 ? Samples(target.ToDataset(table, validation, inputs[1], rows), stride: 1) : null,
            Test = test.Length > 0 ? Samples(target.ToDataset(testTable ?? table, test, inputs[2], rows), stride: 1) : null,
            Places = context.DescribesTables ? new RowPlaces(options, table, train, validation, testTable ?? table, test).Of : null,
            TestIndices = _fold is null ? [] : test,
            Encoding = windows?.ToJson() ?? encoding.Describe(),
            Notes = _notes,

            // If needed later, the table is read again. Keeping the columns would double the memory of the data set.
            Table = summary is not null ? new(summary) : new(() => TableDescription.Of(Read(source), options)),
        };
    }

    private IDataset Samples(IDataset rows, int stride) => options.Window is null ? rows : TimeSplit.Windows(options, rows, stride);

    /// <summary>Fits each feature column. The problems of all columns are reported together.</summary>
    internal List<TableFeature> Features(Table table, int[] train)
    {
        List<TableFeature> features = [];
        List<(string Column, string Value)> constant = [];
        List<Problem> problems = [];
        TableColumn[] columns = [.. table.Columns.Where(c => (options.Window is not null || !options.Target.Contains(c.Name)) && c.Name != options.Group)];
        var fitted = new (TableFeature? Feature, string? Constant, RequestException? Refused)[columns.Length];
        Parallel.For(0, columns.Length, i =>
        {
            try
            {
                fitted[i].Feature = TableFeatureFit.Fit(table, columns[i], train, options, out fitted[i].Constant);
            }
            catch (RequestException refused)
            {
                fitted[i].Refused = refused;
            }
        });
        foreach ((TableColumn column, (TableFeature? feature, string? value, RequestException? refused)) in columns.Zip(fitted))
        {
            if (feature is not null)
            {
                features.Add(feature);
            }
            else if (refused is null)
            {
                constant.Add((column.Name, value!));
            }

            problems.AddRange(refused?.Problems ?? []);
        }

        if (constant.Count > 0)
        {
            problems.Insert(0, TableChecks.Constant(options, table, constant));
        }

        if (features.Count == 0 && problems.Count == 0)
        {
            problems.Add(new Problem("The table has no feature columns") { Where = table.Path, Expected = "a column that is neither in data.target nor in data.drop" });
        }

        return problems.Count == 0 ? features : throw new RequestException(problems);
    }

    private Table Read(ITableSource from)
    {
        Table table = from.Read(Request(from == source), context.CancellationToken);
        TableChecks.RequireWords(options, _format, table);
        return table;
    }

    /// <summary>Returns what to read: all columns that are not dropped.</summary>
    /// <param name="isTraining">Whether it is the table with the training rows, which must have the dropped columns too.</param>
    internal TableRequest Request(bool isTraining)
    {
        IEnumerable<(string, string)> required =
        [
            .. options.Target.Select(c => (c, "data.target")),
            .. options.Drop.Where(_ => isTraining).Select(c => (c, "data.drop")),
            .. options.Group is { } group && isTraining ? [(group, "data.group")] : Array.Empty<(string, string)>(),
            .. options.Numeric.Select(c => (c, "data.numeric")),
            .. options.Categorical.Select(c => (c, "data.categorical")),
            .. options.Dates.Select(c => (c, "data.dates")),
        ];
        return new TableRequest(required, IsUsed, KindOf, FormatOf);

        // A group is of the rows that are split: the test file needs none.
        bool IsUsed(string name, bool isUnnamed) => name == options.Group ? isTraining
            : !options.Drop.Contains(name) && !(isUnnamed && options.Drop.Contains(string.Empty));
    }

    /// <summary>Whether the table accepts categories that are not known, by its keys.</summary>
    internal static bool IgnoresUnknown(TableOptions options) => options.Unknown != UnknownWords.Error || options.MinFrequency > 1;

    private CellFormat FormatOf(string column) => options.Columns.Count == 0 ? _format : _format with { Numbers = ColumnSettings.Of(options, column).Numbers };

    /// <summary>Returns the encoding of rows with these features.</summary>
    internal TableRowEncoder Encoder(IReadOnlyList<TableFeature> features)
        => new(features, options.MissingValues, _format.Numbers, source.Separator, IgnoresUnknown(options));

    private TableColumnKind? KindOf(string column)
        => column == options.Group ? TableColumnKind.Categorical
            : options.Target.Contains(column) ? _kind is { } kind ? kind == StatedTarget.Classes ? TableColumnKind.Categorical : TableColumnKind.Numeric : Stated(column)
            : Stated(column);

    private TableColumnKind? Stated(string column) => options.Numeric.Contains(column) ? TableColumnKind.Numeric
        : options.Categorical.Contains(column) ? TableColumnKind.Categorical
        : options.Dates.Contains(column) ? TableColumnKind.Date : null;

    internal (int[] Train, int[] Validation, int[] Test) Split(Table table, int[] rows, double testFraction)
    {
        if (testFraction + options.ValidationFraction >= 1)
        {
            throw new RequestException(new Problem("The split leaves no rows for training")
            {
                Where = "data.test_fraction and data.validation_fraction",
                Expected = "together below 1",
                Received = FormattableString.Invariant($"{testFraction} + {options.ValidationFraction}"),
            });
        }

        if (options.Window is not null)
        {
            return TimeSplit.Cut(options, rows.Length, testFraction);
        }

        TableColumn target = table[options.Target[0]];
        StatedTarget kind = _kind ?? (target.Kind == TableColumnKind.Categorical ? StatedTarget.Classes : StatedTarget.Values);
        int[]? strata = options.Stratify ? TableTarget.Strata(table, rows, kind, target) : null;
        var request = new SplitRequest(options.ValidationFraction, testFraction, options.Stratify) { Fold = _fold, Groups = options.Group is { } group ? TableGroups.Of(table, rows, group) : null };
        (int[] train, int[] validation, int[] test) = SampleSplit.Cut(rows.Length, request, strata, context.Seed);
        if (train.Length == 0 || (test.Length == 0 && testFraction > 0) || (validation.Length == 0 && options.ValidationFraction > 0))
        {
            throw new RequestException(new Problem("A split of the table would be empty")
            {
                Where = "data.test_fraction and data.validation_fraction",
                Expected = "fractions that leave at least one row in each split",
                Received = FormattableString.Invariant($"{testFraction} and {options.ValidationFraction} of {rows.Length} rows"),
                Hint = "Set a fraction to 0 to omit that split.",
            });
        }

        return (Rows(train), Rows(validation), Rows(test));

        int[] Rows(int[] part) => [.. part.Select(i => rows[i])];
    }
}
