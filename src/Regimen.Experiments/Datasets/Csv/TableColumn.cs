using System.Runtime.CompilerServices;
using System.Text;

namespace Regimen.Datasets;

/// <summary>What a column of a table holds.</summary>
public enum TableColumnKind
{
    /// <summary>Finite numbers.</summary>
    Numeric,

    /// <summary>Words, each standing for itself.</summary>
    Categorical,
}

/// <summary>A column of a table in memory. Its kind is stated, or found: numbers or words, but never both.</summary>
/// <param name="name">Its name in the header.</param>
/// <param name="stated">Its kind where that is stated.</param>
/// <param name="format">How its cells are written.</param>
internal sealed class TableColumn(string name, TableColumnKind? stated, CellFormat format)
{
    /// <summary>How many rows are released together.</summary>
    public const int BlockRows = ColumnBlocks<double>.Size;

    private readonly bool _isStated = stated is not null;
    private readonly TableNumbers _numbers = new();
    private readonly TableCodes _codes = new();
    private readonly TableWords _words = new();

    private int _leading;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Its kind; null while no value has been seen.</summary>
    public TableColumnKind? Kind { get; private set; } = stated;

    /// <summary>Rows without a value.</summary>
    public int Missing { get; private set; }

    /// <summary>The words of a categorical column, in the order in which they were seen first.</summary>
    public IReadOnlyList<string> Words => _words.Words;

    /// <summary>The number of a row; not a number where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Number(int row) => Kind == TableColumnKind.Numeric ? _numbers[row] : double.NaN;

    /// <summary>The index of a row's word in <see cref="Words"/>; −1 where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Code(int row) => Kind == TableColumnKind.Categorical ? _codes[row] : -1;

    /// <summary>The word of a row; null where there is none.</summary>
    public string? Word(int row) => Code(row) is >= 0 and int code ? Words[code] : null;

    /// <summary>Whether its kind was found to be words, but most of these are numbers as people write them.</summary>
    public bool LooksLikeNumbers => !_isStated && Kind == TableColumnKind.Categorical && WrittenNumbers.AreMost(Words);

    /// <summary>Whether a row has no value.</summary>
    public bool IsMissing(int row) => Kind switch
    {
        TableColumnKind.Numeric => double.IsNaN(Number(row)),
        TableColumnKind.Categorical => Code(row) < 0,
        _ => true,
    };

    /// <summary>Adds a row's value.</summary>
    /// <param name="text">The field's text, in UTF-8.</param>
    /// <returns>What is wrong with it; null where nothing is.</returns>
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

        return Kind == TableColumnKind.Numeric ? AddNumber(text) : AddWord(text);
    }

    /// <summary>Gives up the memory of the rows before <paramref name="row"/>, a multiple of <see cref="BlockRows"/> or the last one: they
    /// can't be read again.</summary>
    /// <returns>How many bytes that were.</returns>
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
        return new Problem(infinite ? "A number is not finite" : "This is no number")
        {
            Expected = format.Numbers == NumberFormat.Plain
                ? "a finite number, with a point and without separators"
                : $"a finite number with '{format.Numbers.Decimal}' before its fraction{(format.Numbers.Thousands is { } mark ? $" and '{mark}' between thousands, or none" : string.Empty)}",
            Received = CsvFile.Short(text),
            Hint = (infinite ? null : WrittenNumbers.Hint([Encoding.UTF8.GetString(text)], format.Numbers)) ?? (!_isStated && !infinite
                ? $"If it stands for no value, add it to data.missing_values; if the column holds words, set {ShellText.Setting("data.categorical", [name])}."
                : "If it stands for no value, add it to data.missing_values."),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Problem? AddWord(ReadOnlySpan<byte> text)
    {
        if (!_words.TryGetCode(text, out int code))
        {
            if (!_isStated && format.Numbers.TryParse(text, out _))
            {
                return new Problem("A number stands among words")
                {
                    Expected = $"a word, as {CsvFile.Short(Words[0])}",
                    Received = CsvFile.Short(text),
                    Hint = $"{(LooksLikeNumbers ? $"{WrittenNumbers.Hint(Words, format.Numbers)} " : string.Empty)}If all of them are words, set {ShellText.Setting("data.categorical", [name])}.",
                };
            }

            code = _words.Add(text);
        }

        _codes.Add(code);
        return null;
    }

    private void AddMissing()
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
        if (kind == TableColumnKind.Numeric)
        {
            _numbers.Add(double.NaN);
        }
        else
        {
            _codes.Add(-1);
        }
    }
}
