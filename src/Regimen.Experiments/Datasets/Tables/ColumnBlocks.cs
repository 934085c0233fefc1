using System.Runtime.CompilerServices;

namespace Regimen.Datasets;

/// <summary>A list of a column's values in blocks. Growing copies at most the first block.</summary>
internal sealed class ColumnBlocks<T>
    where T : unmanaged
{
    /// <summary>The number of values per block.</summary>
    public const int Size = 1 << Shift;

    private const int Shift = 16;

    // Arrays, not lists: in ahead-of-time compiled code, calls to list members are not inlined.
    private T[] _last = new T[64];
    private T[][] _blocks;
    private int _full;
    private int _used;

    public ColumnBlocks() => _blocks = [_last];

    /// <summary>The number of values.</summary>
    public int Count => (_full << Shift) + _used;

    /// <summary>The value of a row.</summary>
    public T this[int row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _blocks[row >> Shift][row & (Size - 1)];
    }

    /// <summary>Adds the next row's value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T value)
    {
        if (_used == _last.Length)
        {
            Grow();
        }

        _last[_used++] = value;
    }

    /// <summary>Releases the blocks that end at or before a row.</summary>
    /// <returns>The number of bytes released.</returns>
    public unsafe int Release(int row)
    {
        int released = 0;
        for (int block = 0; block <= _full && Math.Min((block + 1) << Shift, Count) <= row; block++)
        {
            released += _blocks[block].Length * sizeof(T);
            _blocks[block] = [];
        }

        if (row >= Count)
        {
            _last = [];
        }

        return released;
    }

    private void Grow()
    {
        if (_used < Size)
        {
            Array.Resize(ref _last, Math.Min(Size, _used * 4));
            _blocks[_full] = _last;
            return;
        }

        _full++;
        if (_full == _blocks.Length)
        {
            Array.Resize(ref _blocks, _blocks.Length * 2);
        }

        _last = new T[Size];
        _blocks[_full] = _last;
        _used = 0;
    }
}
