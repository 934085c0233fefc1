namespace Regimen.Kernels;

/// <summary>The width of the vectors of a kernel.</summary>
internal enum VectorWidth
{
    /// <summary>Single values.</summary>
    Scalar,

    /// <summary>Arm.</summary>
    Bits128,

    /// <summary>AVX2 with FMA.</summary>
    Bits256,

    /// <summary>AVX-512.</summary>
    Bits512,
}
