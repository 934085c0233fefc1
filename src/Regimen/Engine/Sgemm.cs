using System.Runtime.InteropServices;

namespace Regimen.Engine;

/// <summary>The matrix product of the BLAS that libtorch brings along, called without libtorch's dispatch: <c>C = op(A)·op(B) + β·C</c> of
/// float32 matrices that lie in rows.</summary>
/// <remarks>It is the routine that libtorch's own products end in, so the sums are rounded as there. Libraries of libtorch that do not
/// give it away (<see cref="IsAvailable"/>) are asked through their operations instead.</remarks>
internal static unsafe partial class Sgemm
{
    private const string Library = "torch_cpu";
    private const string Name = "sgemm_";
    private const byte AsItLies = (byte)'N';
    private const byte Transposed = (byte)'T';
    private static readonly Lazy<bool> Available = new(LookUp);

    /// <summary>Whether this libtorch gives it away.</summary>
    public static bool IsAvailable => Available.Value;

    /// <summary><c>C[rows, columns] = op(A)·op(B) + β·C</c></summary>
    /// <param name="a">op(A) is <c>[rows, inner]</c>.</param>
    /// <param name="b">op(B) is <c>[inner, columns]</c>.</param>
    /// <param name="c">Where the result lies.</param>
    /// <param name="rows">At least 1, as are the other sizes.</param>
    /// <param name="columns">Columns of C.</param>
    /// <param name="inner">The length of each sum.</param>
    /// <param name="beta">0 for C to be written, 1 for it to be added to.</param>
    public static void Multiply(Matrix a, Matrix b, Matrix c, int rows, int columns, int inner, float beta)
    {
        // BLAS thinks in columns: C in rows is its C transposed, and that is op(B)ᵀ·op(A)ᵀ.
        byte first = b.IsTransposed ? Transposed : AsItLies;
        byte second = a.IsTransposed ? Transposed : AsItLies;
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
    /// <param name="start">Its first value.</param>
    /// <param name="stride">From one row in memory to the next, in values.</param>
    /// <param name="isTransposed">Whether what lies as a row is meant as a column.</param>
    public readonly struct Matrix(float* start, int stride, bool isTransposed = false)
    {
        public float* Start => start;

        public int Stride => stride;

        public bool IsTransposed => isTransposed;
    }
}
