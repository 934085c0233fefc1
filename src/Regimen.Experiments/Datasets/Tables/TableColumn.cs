using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>A table column in memory: numbers, categories or dates, which are numbers of seconds since 1970. The kind is specified or detected.</summary>
/// <param name="name">The name in the header.</param>
/// <param name="stated">The specified kind; null to detect it.</param>
/// <param name="format">The format of the cells.</param>
internal sealed class TableColumn(string name, TableColumnKind? stated, CellFormat format)
{
    /// <summary>The number of rows released together.</summary>
    public const int BlockRows = ColumnBlocks<double>.Size;

    private readonly bool _isStated = stated is not null;
    private readonly TableNumbers _numbers = new();
    private readonly TableCodes _codes = new();
    private readonly TableWords _words = new();

    private int _leading;

    /// <summary>The name.</summary>
    public string Name => name;

    /// <summary>The kind; null before the first value.</summary>
    public TableColumnKind? Kind { get; private set; } = stated;

    /// <summary>The number of missing values.</summary>
    public int Missing { get; private set; }

    /// <summary>The distinct values of a categorical column, in order of first occurrence.</summary>
    public IReadOnlyList<string> Words => _words.Words;

    /// <summary>Returns the number or the date in a row; NaN for a missing value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Number(int row) => Kind is TableColumnKind.Numeric or TableColumnKind.Date ? _numbers[row] : double.NaN;

    /// <summary>Returns the index of a row's category in <see cref="Words"/>; −1 for a missing value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Code(int row) => Kind == TableColumnKind.Categorical ? _codes[row] : -1;

    /// <summary>Returns the category of a row; null for a missing value.</summary>
    public string? Word(int row) => Code(row) is >= 0 and int code ? Words[code] : null;

    /// <summary>Whether the kind was detected as categorical, but most values look like formatted numbers.</summary>
    public bool LooksLikeNumbers => !_isStated && Kind == TableColumnKind.Categorical && WrittenNumbers.AreMost(Words);

    /// <summary>Whether the value of a row is missing.</summary>
    public bool IsMissing(int row) => Kind switch
    {
        TableColumnKind.Numeric or TableColumnKind.Date => double.IsNaN(Number(row)),
        TableColumnKind.Categorical => Code(row) < 0,
        _ => true,
    };

    /// <summary>Adds a row's value.</summary>
    /// <param name="text">The field's text in UTF-8.</param>
    /// <returns>The problem; null if the value is valid.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Problem? Add(ReadOnlySpan<byte> text)
    {
        if (format.Missing.Contains(text))
        {
            AddMissing();
            return null;
        }

        if (Kind is null)
        {
            Kind = format.Numbers.TryParse(text, out _) || IsNotFinite(text) ? TableColumnKind.Numeric : TableColumnKind.Categorical;
            for (int i = 0; i < _leading; i++)
            {
                AddMissingOf(Kind.Value);
            }
        }

        return Kind == TableColumnKind.Numeric ? AddNumber(text) : Kind == TableColumnKind.Date ? AddDate(text) : AddWord(text);
    }

    /// <summary>Releases the memory of the rows before <paramref name="row"/>, which can't be read again. The row must be a multiple of
    /// <see cref="BlockRows"/>, or the number of rows.</summary>
    /// <returns>The number of bytes released.</returns>
    public int Release(int row) => _numbers.Release(row) + _codes.Release(row);

    private static bool IsNotFinite(ReadOnlySpan<byte> text)
    {
        string word = Encoding.UTF8.GetString(text.TrimStart("+-"u8));
        return word.Equals("inf", StringComparison.OrdinalIgnoreCase)
            || word.Equals("infinity", StringComparison.OrdinalIgnoreCase)
            || word.Equals("nan", StringComparison.OrdinalIgnoreCase);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Problem? AddNumber(ReadOnlySpan<byte> text)
    {
        bool isNumber = format.Numbers.TryParse(text, out double number);
        if (isNumber && float.IsFinite((float)number))
        {
            _numbers.Add(number);
            return null;
        }

        bool infinite = isNumber || IsNotFinite(text);
        return new Problem(infinite ? "The number is not finite" : "The value is not a number")
        {
            Expected = format.Numbers == NumberFormat.Plain
                ? "a finite number with a decimal point and without separators"
                : $"a finite number with '{format.Numbers.Decimal}' as decimal mark{(format.Numbers.Thousands is { } mark ? $" and '{mark}' or nothing between thousands" : string.Empty)}",
            Received = CsvField.Short(text),
            Hint = (infinite ? null : WrittenNumbers.Hint([Encoding.UTF8.GetString(text)], format.Numbers)) ?? (!_isStated && !infinite
                ? $"If it marks a missing value, add it to data.missing_values. If the column is categorical, set {ShellText.Setting("data.categorical", [name])}."
                : "If it marks a missing value, add it to data.missing_values."),
        };
    }

    private Problem? AddDate(ReadOnlySpan<byte> text)
    {
        if (!DateText.TryParse(text, out double seconds))
        {
            return new Problem("The value is not a date")
            {
                Expected = "a date such as 2026-11-26, 2026-11-26 18:40 or 2026-11-26T18:40:05+02:00",
                Received = CsvField.Short(text),
                Hint = "If it marks a missing value, add it to data.missing_values.",
            };
        }

        _numbers.Add(seconds);
        return null;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Problem? AddWord(ReadOnlySpan<byte> text)
    {
        if (!_words.TryGetCode(text, out int code))
        {
            if (!_isStated && format.Numbers.TryParse(text, out _))
            {
                return new Problem("A categorical column contains a number")
                {
                    Expected = $"text, such as {CsvField.Short(Words[0])}",
                    Received = CsvField.Short(text),
                    Hint = $"{(LooksLikeNumbers ? $"{WrittenNumbers.Hint(Words, format.Numbers)} " : string.Empty)}To treat all values as categories, set {ShellText.Setting("data.categorical", [name])}.",
                };
            }

            code = _words.Add(text);
        }

        _codes.Add(code);
        return null;
    }

    /// <summary>Adds a row's value of a numeric column; NaN for a missing value.</summary>
    /// <returns>The problem; null if the value is valid.</returns>
    public Problem? Add(double number)
    {
        if (double.IsNaN(number))
        {
            AddMissing();
            return null;
        }

        if (!float.IsFinite((float)number))
        {
            return new Problem("The number is not finite") { Expected = "a finite number, or no value", Received = number.ToString("R", CultureInfo.InvariantCulture) };
        }

        _numbers.Add(number);
        return null;
    }

    /// <summary>Adds a row without a value.</summary>
    public void AddMissing()
    {
        Missing++;
        if (Kind is { } kind)
        {
            AddMissingOf(kind);
        }
        else
        {
            _leading++;
        }
    }

    private void AddMissingOf(TableColumnKind kind)
    {
        if (kind != TableColumnKind.Categorical)
        {
            _numbers.Add(double.NaN);
        }
        else
        {
            _codes.Add(-1);
        }
    }
}
