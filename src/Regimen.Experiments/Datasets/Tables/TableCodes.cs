using System.Runtime.CompilerServices;

namespace Regimen.Datasets;

/// <summary>The category codes of a column's rows, −1 for a missing value. Stored as bytes as long as they fit.</summary>
internal sealed class TableCodes
{
    private ColumnBlocks<byte>? _bytes = new();
    private ColumnBlocks<int>? _wide;

    /// <summary>The number of codes.</summary>
    public int Count => _wide?.Count ?? _bytes!.Count;

    /// <summary>The code of a row.</summary>
    public int this[int row] => _wide is { } wide ? wide[row] : _bytes![row] - 1;

    /// <summary>Adds the next row's code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int code)
    {
        if (_wide is null)
        {
            if (code < byte.MaxValue)
            {
                _bytes!.Add((byte)(code + 1));
                return;
            }

            Widen();
        }

        _wide!.Add(code);
    }

    /// <summary>Releases the memory of the rows before a row.</summary>
    /// <returns>The number of bytes released.</returns>
    public int Release(int row) => _wide?.Release(row) ?? _bytes!.Release(row);

    private void Widen()
    {
        _wide = new();
        for (int row = 0; row < _bytes!.Count; row++)
        {
            _wide.Add(_bytes[row] - 1);
        }

        _bytes = null;
    }
}
