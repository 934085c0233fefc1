namespace Regimen.Datasets;

/// <summary>What the values of a npy file are, all in little-endian order.</summary>
public enum NpyType
{
    /// <summary>Bytes from 0 to 255: <c>|u1</c>.</summary>
    UInt8,

    /// <summary>32-bit whole numbers: <c>&lt;i4</c>.</summary>
    Int32,

    /// <summary>64-bit whole numbers: <c>&lt;i8</c>.</summary>
    Int64,

    /// <summary>32-bit floating point: <c>&lt;f4</c>.</summary>
    Float32,

    /// <summary>64-bit floating point: <c>&lt;f8</c>.</summary>
    Float64,
}
