using System.Globalization;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Regimen.Data;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>A table in Arrow files (the IPC file format, also named Feather version 2), without compression.</summary>
internal sealed class ArrowSource(IReadOnlyList<string> files) : ITableSource
{
    /// <inheritdoc/>
    public string Name => files[0];

    /// <inheritdoc/>
    public Table Read(TableRequest request, CancellationToken cancellationToken)
    {
        TableColumn[]? columns = null;
        Schema? schema = null;
        int rows = 0;
        foreach (string file in files)
        {
            try
            {
                using FileStream stream = InputFile.Open(file);
                using var reader = new ArrowFileReader(stream, new NoCompression(file));
                while (reader.ReadNextRecordBatch() is { } batch)
                {
                    using (batch)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        schema ??= batch.Schema;
                        columns ??= Choose(file, batch.Schema, request);
                        foreach (TableColumn column in columns)
                        {
                            Add(file, column, Column(file, batch, schema, column.Name), rows);
                        }

                        rows = checked(rows + batch.Length);
                    }
                }
            }
            catch (Exception exception) when (exception is not (RequestException or OperationCanceledException or OutOfMemoryException))
            {
                string message = exception is NotImplementedException or NotSupportedException ? "The Arrow file has a feature that is not supported" : "The file is not an Arrow file, or is damaged";
                throw new RequestException(Unreadable(message, file, exception.Message.Split('\n')[0]), exception);
            }
        }

        return rows > 0 ? new Table(files[0], columns!, rows) : throw new RequestException(new Problem("The table has no rows") { Where = files[0], Expected = "at least one row" });
    }

    private static Problem Unreadable(string message, string file, string received) => new(message)
    {
        Where = file,
        Expected = "Arrow's IPC file format (Feather version 2) without compression",
        Received = received,
        Hint = "Write it with compression='uncompressed', or as Parquet.",
    };

    private static TableColumn[] Choose(string file, Schema schema, TableRequest request)
    {
        string[] names = [.. schema.FieldsList.Select(f => f.Name)];
        Table.Check(file, ',', names, names, request.Required);
        return [.. schema.FieldsList.Where(f => request.Choose(f.Name, false)).Select(f => new TableColumn(f.Name, request.KindOf(f.Name) ?? KindOf(file, f), request.Format(f.Name)))];
    }

    private static TableColumnKind KindOf(string file, Apache.Arrow.Field field) => field.DataType switch
    {
        NumberType or Decimal128Type or Decimal256Type => TableColumnKind.Numeric,
        StringType or StringViewType or LargeStringType or BooleanType or Date32Type or Date64Type or TimestampType or DictionaryType { ValueType: StringType } => TableColumnKind.Categorical,
        _ => throw new RequestException(new Problem($"The column {field.Name} has a type that a table can't have")
        {
            Where = file,
            Expected = "numbers, texts, truth values or dates",
            Received = field.DataType.Name,
            Hint = $"Leave it out with {ShellText.Setting("data.drop", [field.Name])}.",
        }),
    };

    private static IArrowArray Column(string file, RecordBatch batch, Schema first, string name)
    {
        int index = batch.Schema.GetFieldIndex(name);
        return index >= 0 && batch.Schema.GetFieldByIndex(index).DataType.TypeId == first.GetFieldByName(name).DataType.TypeId ? batch.Column(index) : throw new RequestException(
            new Problem($"The column {name} is missing in a file, or has another type than in the first one") { Where = file });
    }

    private static void Add(string file, TableColumn column, IArrowArray array, int before)
    {
        for (int row = 0; row < array.Length; row++)
        {
            Problem? problem = null;
            object? value = Value(array, row);
            if (value is null)
            {
                column.AddMissing();
            }
            else if (column.Kind == TableColumnKind.Numeric && value is not (string or DateTime))
            {
                problem = column.Add(Convert.ToDouble(value, CultureInfo.InvariantCulture));
            }
            else
            {
                problem = column.Add(CsvField.Trim(Encoding.UTF8.GetBytes(TextOf(value))));
            }

            if (problem is not null)
            {
                throw new RequestException(problem with { Where = string.Create(CultureInfo.InvariantCulture, $"{file}, row {before + row + 1} of all files, column {column.Name}") });
            }
        }
    }

    private static object? Value(IArrowArray array, int row) => array switch
    {
        _ when ((Apache.Arrow.Array)array).IsNull(row) => null,
        Int8Array a => a.GetValue(row),
        Int16Array a => a.GetValue(row),
        Int32Array a => a.GetValue(row),
        Int64Array a => a.GetValue(row),
        UInt8Array a => a.GetValue(row),
        UInt16Array a => a.GetValue(row),
        UInt32Array a => a.GetValue(row),
        UInt64Array a => a.GetValue(row),
        HalfFloatArray a => (double)a.GetValue(row)!.Value,
        FloatArray a => (double)a.GetValue(row)!.Value,
        DoubleArray a => a.GetValue(row),
        Decimal128Array a => a.GetValue(row),
        Decimal256Array a => a.GetValue(row),
        BooleanArray a => a.GetValue(row),
        StringArray a => a.GetString(row),
        LargeStringArray a => a.GetString(row),
        StringViewArray a => a.GetString(row),
        Date32Array a => a.GetDateTime(row),
        Date64Array a => a.GetDateTime(row),
        TimestampArray a => a.GetTimestamp(row)?.UtcDateTime,
        DictionaryArray a => Value(a.Dictionary, Convert.ToInt32(Value(a.Indices, row), CultureInfo.InvariantCulture)),
        _ => throw new NotSupportedException(array.Data.DataType.Name),
    };

    private static string TextOf(object value) => value switch
    {
        string text => text,
        bool isTrue => isTrue ? "true" : "false",
        DateTime time => time.ToString(time.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    /// <summary>Is asked for a decompressor where a file is compressed, and refuses the file.</summary>
    private sealed class NoCompression(string file) : ICompressionCodecFactory
    {
        public ICompressionCodec CreateCodec(CompressionCodecType compressionCodecType)
            => throw new RequestException(Unreadable("The Arrow file is compressed", file, $"{compressionCodecType}"));

        public ICompressionCodec CreateCodec(CompressionCodecType compressionCodecType, int? compressionLevel) => CreateCodec(compressionCodecType);
    }
}
