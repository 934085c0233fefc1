using System.Runtime.CompilerServices;

namespace Regimen.Datasets;

/// <summary>The numbers of a column. They are stored as floats while every number is exactly representable, otherwise as doubles. This halves
/// the memory of many columns without changing values.</summary>
internal sealed class TableNumbers
{
    private ColumnBlocks<float>? _floats = new();
    private ColumnBlocks<double>? _doubles;

    /// <summary>The number of values.</summary>
    public int Count => _doubles?.Count ?? _floats!.Count;

    /// <summary>The number of a row.</summary>
    public double this[int row] => _doubles is { } doubles ? doubles[row] : _floats![row];

    /// <summary>Adds the next row's number; NaN for a missing value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(double number)
    {
        if (_doubles is null)
        {
            if ((float)number == number || double.IsNaN(number))
            {
                _floats!.Add((float)number);
                return;
            }

            Widen();
        }

        _doubles!.Add(number);
    }

    /// <summary>Releases the memory of the rows before a row.</summary>
    /// <returns>The number of bytes released.</returns>
    public int Release(int row) => _doubles?.Release(row) ?? _floats!.Release(row);

    private void Widen()
    {
        _doubles = new();
        for (int row = 0; row < _floats!.Count; row++)
        {
            _doubles.Add(_floats[row]);
        }

        _floats = null;
    }
}
