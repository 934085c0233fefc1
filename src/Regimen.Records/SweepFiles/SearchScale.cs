using System.Globalization;

namespace Regimen.SweepFiles;

/// <summary>The values of an axis as positions: the cells 0 … n − 1 of a choice or a range, or the numbers from 0 to 1 of an interval (of a
/// logarithmic one: of the logarithm).</summary>
internal sealed class SearchScale
{
    // Whole numbers up to here are exact as doubles.
    private const double Largest = 1L << 53;
    private readonly SweepAxis _axis;
    private readonly Dictionary<string, int>? _cells;
    private readonly double _low;
    private readonly double _high;

    private SearchScale(SweepAxis axis)
    {
        _axis = axis;
        switch (axis.Kind)
        {
            case SweepAxisKind.Choice:
                _cells = [];
                for (int i = 0; i < axis.Values.Count; i++)
                {
                    _cells.TryAdd(axis.Values[i], i);
                }

                Cells = axis.Values.Count;
                break;
            case SweepAxisKind.Range:
                Cells = (long)Math.Floor((axis.High - axis.Low) / axis.Step) + 1;
                break;
            default:
                Cells = axis.Low == axis.High ? 1 : null;
                break;
        }

        bool isLog = axis.Kind == SweepAxisKind.LogInterval;
        (_low, _high) = isLog ? (PortableMath.Log(axis.Low), PortableMath.Log(axis.High)) : (axis.Low, axis.High);
    }

    /// <summary>The number of values; null for an interval, unless its ends are equal.</summary>
    public long? Cells { get; }

    /// <summary>Whether the values have an order: all kinds but a choice.</summary>
    public bool IsOrdered => _axis.Kind != SweepAxisKind.Choice;

    /// <summary>The axis.</summary>
    public SweepAxis Axis => _axis;

    /// <summary>Returns the scale of an axis.</summary>
    /// <exception cref="RequestException">The axis has no value, or a bound that is not a number of its kind.</exception>
    public static SearchScale Of(SweepAxis axis)
    {
        string? expected = axis.Kind switch
        {
            SweepAxisKind.Choice => axis.Values.Count > 0 ? null : "at least one value",
            SweepAxisKind.Range => IsWhole(axis.Low) && IsWhole(axis.High) && IsWhole(axis.Step) && axis.Step > 0 && axis.Low <= axis.High && axis.High - axis.Low < Largest
                ? null
                : "whole numbers low ≤ high and a step of at least 1, each below 2^53",
            SweepAxisKind.LogInterval => double.IsFinite(axis.High) && axis.Low > 0 && axis.Low <= axis.High ? null : "finite numbers 0 < low ≤ high",
            SweepAxisKind.Interval => double.IsFinite(axis.Low) && double.IsFinite(axis.High) && axis.Low <= axis.High ? null : "finite numbers low ≤ high",
            _ => "choice, range, interval or log_interval",
        };
        return expected is null ? new SearchScale(axis) : throw new RequestException(new Problem("The key can't be searched")
        {
            Where = axis.Key,
            Expected = expected,
            Received = axis.Kind == SweepAxisKind.Choice ? "none" : string.Create(CultureInfo.InvariantCulture, $"{axis.Low:R} to {axis.High:R}, step {axis.Step:R}"),
        });

        static bool IsWhole(double value) => Math.Abs(value) <= Largest && Math.Floor(value) == value;
    }

    /// <summary>Returns the scales of a space.</summary>
    public static IReadOnlyList<SearchScale> Of(IReadOnlyList<SweepAxis> space) => [.. space.Select(Of)];

    /// <summary>Returns the text of a cell.</summary>
    public string TextOf(long cell) => _axis.Kind switch
    {
        SweepAxisKind.Choice => _axis.Values[(int)cell],
        SweepAxisKind.Range => ((long)(_axis.Low + (cell * _axis.Step))).ToString(CultureInfo.InvariantCulture),
        _ => Number(_axis.Low),
    };

    /// <summary>Returns the text of the value at a position from 0 to 1: of the cells, which have equal parts, or of the interval.</summary>
    public string TextAt(double position)
    {
        if (Cells is { } cells)
        {
            return TextOf(CellAt(position, cells));
        }

        // Not low + position · (high − low), which overflows for bounds of opposite signs.
        double value = (_low * (1 - position)) + (_high * position);
        return Number(Math.Clamp(_axis.Kind == SweepAxisKind.LogInterval ? PortableMath.Exp(value) : value, _axis.Low, _axis.High));
    }

    /// <summary>Returns the cell at a position from 0 to 1.</summary>
    public static long CellAt(double position, long cells) => Math.Clamp((long)(position * cells), 0, cells - 1);

    /// <summary>Returns the cell of a value.</summary>
    /// <exception cref="RequestException">It is not a value of the axis.</exception>
    public long CellOf(string text) => (_axis.Kind, Cells) switch
    {
        (SweepAxisKind.Choice, _) => _cells!.TryGetValue(text, out int cell) ? cell : throw Foreign(text),
        (SweepAxisKind.Range, { } cells) => Math.Clamp((long)Math.Round((Parse(text) - _axis.Low) / _axis.Step), 0, cells - 1),
        _ => 0,
    };

    /// <summary>Returns the position of a value: the number from 0 to 1 of an interval, the middle of its cell for the other kinds.</summary>
    /// <exception cref="RequestException">It is not a value of the axis.</exception>
    public double PositionOf(string text)
    {
        if (Cells is { } cells)
        {
            return (CellOf(text) + 0.5) / cells;
        }

        double number = Parse(text);
        double value = _axis.Kind == SweepAxisKind.LogInterval ? PortableMath.Log(number) : number;

        // Halves, so that the difference of the largest numbers does not overflow.
        return Math.Clamp(((value / 2) - (_low / 2)) / ((_high / 2) - (_low / 2)), 0, 1);
    }

    // Adding 0 makes a negative zero positive. "R" is the shortest text that is read back as the same number.
    private static string Number(double value) => (value + 0.0).ToString("R", CultureInfo.InvariantCulture);

    private double Parse(string text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= _axis.Low && value <= _axis.High ? value : throw Foreign(text);

    private RequestException Foreign(string text) => new(new Problem("A point of the sweep has a value outside of what is searched")
    {
        Where = _axis.Key,
        Expected = _axis.Kind == SweepAxisKind.Choice ? $"one of {string.Join(", ", _axis.Values)}" : string.Create(CultureInfo.InvariantCulture, $"a number from {_axis.Low:R} to {_axis.High:R}"),
        Received = text,
    });
}
