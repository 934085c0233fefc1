namespace Regimen.Datasets;

/// <summary>The type of the values of an npy file, in little-endian order.</summary>
internal enum NpyType
{
    /// <summary>Unsigned 8-bit integers: <c>|u1</c>.</summary>
    UInt8,

    /// <summary>Signed 32-bit integers: <c>&lt;i4</c>.</summary>
    Int32,

    /// <summary>Signed 64-bit integers: <c>&lt;i8</c>.</summary>
    Int64,

    /// <summary>32-bit floating point: <c>&lt;f4</c>.</summary>
    Float32,

    /// <summary>64-bit floating point: <c>&lt;f8</c>.</summary>
    Float64,
}
