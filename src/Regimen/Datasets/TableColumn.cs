using System.Globalization;

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
/// <param name="missingValues">What stands where there is no value.</param>
internal sealed class TableColumn(string name, TableColumnKind? stated, IReadOnlySet<string> missingValues)
{
    private readonly bool _isStated = stated is not null;
    private readonly List<double> _numbers = [];
    private readonly List<int> _codes = [];
    private readonly List<string> _words = [];
    private readonly Dictionary<string, int> _codeOf = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _missing =
        missingValues.ToHashSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    private int _leading;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Its kind; null while no value has been seen.</summary>
    public TableColumnKind? Kind { get; private set; } = stated;

    /// <summary>Rows without a value.</summary>
    public int Missing { get; private set; }

    /// <summary>The words of a categorical column, in the order in which they were seen first.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>The number of a row; not a number where there is none.</summary>
    public double Number(int row) => _numbers.Count > row ? _numbers[row] : double.NaN;

    /// <summary>The word of a row; null where there is none.</summary>
    public string? Word(int row) => _codes.Count > row && _codes[row] >= 0 ? _words[_codes[row]] : null;

    /// <summary>Whether a row has no value.</summary>
    public bool IsMissing(int row) => Kind switch
    {
        TableColumnKind.Numeric => double.IsNaN(Number(row)),
        TableColumnKind.Categorical => Word(row) is null,
        _ => true,
    };

    /// <summary>Adds a row's value.</summary>
    /// <returns>What is wrong with it; null where nothing is.</returns>
    public Problem? Add(ReadOnlySpan<char> text)
    {
        if (_missing.Contains(text))
        {
            AddMissing();
            return null;
        }

        bool isNumber = double.TryParse(
            text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number);
        if (Kind is null)
        {
            Kind = isNumber || IsNotFinite(text) ? TableColumnKind.Numeric : TableColumnKind.Categorical;
            for (int i = 0; i < _leading; i++)
            {
                AddMissingOf(Kind.Value);
            }
        }

        return Kind == TableColumnKind.Numeric ? AddNumber(text, isNumber, number) : AddWord(text, isNumber);
    }

    private static bool IsNotFinite(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> word = text.TrimStart("+-");
        return word.Equals("inf", StringComparison.OrdinalIgnoreCase)
            || word.Equals("infinity", StringComparison.OrdinalIgnoreCase)
            || word.Equals("nan", StringComparison.OrdinalIgnoreCase);
    }

    private Problem? AddNumber(ReadOnlySpan<char> text, bool isNumber, double number)
    {
        if (isNumber && float.IsFinite((float)number))
        {
            _numbers.Add(number);
            return null;
        }

        bool infinite = isNumber || IsNotFinite(text);
        return new Problem(infinite ? "A number is not finite" : "This is no number")
        {
            Expected = "a finite number, with a point and without separators",
            Received = CsvFile.Short(text),
            Hint = !_isStated && !infinite
                ? $"If it stands for no value, add it to data.missing_values; if the column holds words, set data.categorical=[{name}]."
                : "If it stands for no value, add it to data.missing_values.",
        };
    }

    private Problem? AddWord(ReadOnlySpan<char> text, bool isNumber)
    {
        if (isNumber && !_isStated)
        {
            return new Problem("A number stands among words")
            {
                Expected = $"a word, as {CsvFile.Short(_words[0])}",
                Received = CsvFile.Short(text),
                Hint = $"If all of them are words, set data.categorical=[{name}].",
            };
        }

        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = _codeOf.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(text, out int code))
        {
            code = _words.Count;
            string word = text.ToString();
            _words.Add(word);
            _codeOf.Add(word, code);
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
