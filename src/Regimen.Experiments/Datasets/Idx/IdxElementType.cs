namespace Regimen.Datasets;

/// <summary>The type of the values of an idx file, with the type codes of the format.</summary>
internal enum IdxElementType
{
    /// <summary>Unsigned 8-bit integers.</summary>
    UInt8 = 0x08,

    /// <summary>Signed 8-bit integers.</summary>
    Int8 = 0x09,

    /// <summary>Signed 16-bit integers.</summary>
    Int16 = 0x0B,

    /// <summary>Signed 32-bit integers.</summary>
    Int32 = 0x0C,

    /// <summary>32-bit floating point.</summary>
    Float32 = 0x0D,

    /// <summary>64-bit floating point.</summary>
    Float64 = 0x0E,
}
