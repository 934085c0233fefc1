namespace Regimen.Kernels;

/// <summary>A product <c>C = A·B + C₀</c> of checked matrices, in the form that all kernels take.</summary>
internal unsafe struct ProductArguments
{
    /// <summary>The number of products in one chain. A longer sum is the sum of its chains, in order, which keeps the rounding errors of long sums
    /// as small as those of a BLAS, and depends on nothing but the length of the sum.</summary>
    public const int Chain = 256;

    /// <summary>The rows of C.</summary>
    public int Rows;

    /// <summary>The columns of C; vectors lie along them.</summary>
    public int Columns;

    /// <summary>The number of products in each sum.</summary>
    public int Depth;

    /// <summary>A.</summary>
    public float* A;

    /// <summary>The distance between two rows of A in memory.</summary>
    public int AStride;

    /// <summary>Whether memory has Aᵀ: the values of one k are consecutive, not those of one row.</summary>
    public bool AIsTransposed;

    /// <summary>A, if it is not in memory but has the patches of images as its rows, or as its columns if <see cref="AIsTransposed"/>; null otherwise.</summary>
    public Patches* PatchesOfA;

    /// <summary>B.</summary>
    public float* B;

    /// <summary>The distance between two rows of B in memory.</summary>
    public int BStride;

    /// <summary>Whether memory has Bᵀ: the values of one column are consecutive.</summary>
    public bool BIsTransposed;

    /// <summary>B, if it is not in memory but has the patches of images as its rows; null otherwise.</summary>
    public Patches* PatchesOfB;

    /// <summary>C.</summary>
    public float* C;

    /// <summary>The distance between two rows of C.</summary>
    public int CStride;

    /// <summary>What each row of C starts from; null for 0.</summary>
    public float* Bias;

    /// <summary>Whether the sums start from the values in C.</summary>
    public bool Accumulates;

    /// <summary>Whether a ReLU follows.</summary>
    public bool Rectifies;

    /// <summary>Whether A must not be copied, because the copy's memory is in use.</summary>
    public bool ReadsInPlace;

    /// <summary>Returns the place of A[row, k].</summary>
    public readonly float* OfA(int row, int k) => A + (AIsTransposed ? ((nint)k * AStride) + row : ((nint)row * AStride) + k);

    /// <summary>Returns the place of B[k, column].</summary>
    public readonly float* OfB(int k, int column) => B + (BIsTransposed ? ((nint)column * BStride) + k : ((nint)k * BStride) + column);

    /// <summary>Returns A[row, k].</summary>
    public readonly float ValueOfA(int row, int k) => PatchesOfA is null ? *OfA(row, k) : AIsTransposed ? PatchesOfA->Value(k, row) : PatchesOfA->Value(row, k);

    /// <summary>Returns B[k, column].</summary>
    public readonly float ValueOfB(int k, int column) => PatchesOfB is null ? *OfB(k, column) : PatchesOfB->Value(k, column);

    /// <summary>Returns the place of C[row, column].</summary>
    public readonly float* OfC(int row, int column) => C + ((nint)row * CStride) + column;
}
