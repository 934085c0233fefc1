using System.Runtime.InteropServices;

namespace Regimen.Engine;

/// <summary>Calls the matrix product of libtorch's BLAS without libtorch's dispatch: <c>C = op(A)·op(B) + β·C</c> of row-major float32
/// matrices.</summary>
/// <remarks>libtorch's own products call the same routine, so sums are rounded in the same way. If a build of libtorch does not export it
/// (<see cref="IsAvailable"/>), libtorch's operations are used instead.</remarks>
internal static unsafe partial class Sgemm
{
    private const string Library = "torch_cpu";
    private const string Name = "sgemm_";
    private const byte NotTransposed = (byte)'N';
    private const byte Transposed = (byte)'T';
    private static readonly Lazy<bool> Available = new(LookUp);

    /// <summary>Whether this libtorch exports the routine.</summary>
    public static bool IsAvailable => Available.Value;

    /// <summary>Computes <c>C[rows, columns] = op(A)·op(B) + β·C</c>.</summary>
    /// <param name="a">A; op(A) is <c>[rows, inner]</c>.</param>
    /// <param name="b">B; op(B) is <c>[inner, columns]</c>.</param>
    /// <param name="c">C, the result.</param>
    /// <param name="rows">The rows of C; at least 1, as are the other sizes.</param>
    /// <param name="columns">The columns of C.</param>
    /// <param name="inner">The length of each sum.</param>
    /// <param name="beta">0 to overwrite C, 1 to add to it.</param>
    public static void Multiply(Matrix a, Matrix b, Matrix c, int rows, int columns, int inner, float beta)
    {
        // BLAS is column-major: row-major C is its Cᵀ, and Cᵀ = op(B)ᵀ·op(A)ᵀ.
        byte first = b.IsTransposed ? Transposed : NotTransposed;
        byte second = a.IsTransposed ? Transposed : NotTransposed;
        float alpha = 1;
        (int aStride, int bStride, int cStride) = (a.Stride, b.Stride, c.Stride);
        Call(&first, &second, &columns, &rows, &inner, &alpha, b.Start, &bStride, a.Start, &aStride, &beta, c.Start, &cStride);
    }

    private static bool LookUp()
        => NativeCheck.Run().Loads
            && NativeLibrary.TryLoad(Library, typeof(Sgemm).Assembly, null, out nint handle)
            && NativeLibrary.TryGetExport(handle, Name, out _);

    [LibraryImport(Library, EntryPoint = Name)]
    private static partial void Call(
        byte* transA, byte* transB, int* m, int* n, int* k, float* alpha, float* a, int* lda, float* b, int* ldb, float* beta, float* c, int* ldc);

    /// <summary>A matrix in memory.</summary>
    /// <param name="start">The address of its first value.</param>
    /// <param name="stride">The distance between two rows in memory, in values.</param>
    /// <param name="isTransposed">Whether the product uses its transpose.</param>
    public readonly struct Matrix(float* start, int stride, bool isTransposed = false)
    {
        public float* Start => start;

        public int Stride => stride;

        public bool IsTransposed => isTransposed;
    }
}
