using System.Runtime.CompilerServices;

namespace Regimen.Datasets;

/// <summary>The numbers of a column: as floats while each is exactly one, as whole numbers and short fractions of two are, then as
/// doubles. What is read is the number that was added, in half the memory where that is possible.</summary>
internal sealed class TableNumbers
{
    private ColumnBlocks<float>? _floats = new();
    private ColumnBlocks<double>? _doubles;

    /// <summary>How many numbers there are.</summary>
    public int Count => _doubles?.Count ?? _floats!.Count;

    /// <summary>The number of a row.</summary>
    public double this[int row] => _doubles is { } doubles ? doubles[row] : _floats![row];

    /// <summary>Adds the next row's number; NaN for none.</summary>
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

    /// <summary>Lets go of the rows before one.</summary>
    /// <returns>How many bytes they held.</returns>
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
