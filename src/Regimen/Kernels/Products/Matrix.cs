namespace Regimen.Kernels;

/// <summary>A row-major float32 matrix in memory. Its bounds are checked when it is created, so that the kernels need no checks.</summary>
internal readonly unsafe ref struct Matrix
{
    /// <summary>Creates a matrix.</summary>
    /// <param name="values">The memory, from the first value to the last one at least. It must not move while the matrix is used.</param>
    /// <param name="rows">The number of rows, at least 1.</param>
    /// <param name="columns">The number of columns, at least 1.</param>
    /// <param name="stride">The distance between two rows, at least <paramref name="columns"/>.</param>
    public Matrix(Span<float> values, int rows, int columns, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, (((long)rows - 1) * stride) + columns, nameof(values));
        Values = values;
        (Rows, Columns, Stride) = (rows, columns, stride);
    }

    public Span<float> Values { get; }

    public int Rows { get; }

    public int Columns { get; }

    public int Stride { get; }

    /// <summary>Creates a matrix of memory that does not move.</summary>
    public static Matrix At(float* start, int rows, int columns, int stride)
        => new(new Span<float>(start, checked(((rows - 1) * stride) + columns)), rows, columns, stride);
}
