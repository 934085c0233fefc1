using System.Security.Cryptography;

namespace Regimen.Reproducibility;

/// <summary>Chooses a seed for a run without one. The run records it, so that it can be reproduced.</summary>
internal static class FreshSeed
{
    // JSON readers that parse every number as a double read these exactly.
    private const int Bits = 53;

    /// <summary>Returns a number below 2⁵³ from the system's random number generator: the only value of a run that does not follow from its
    /// seed.</summary>
#pragma warning disable RS0030 // The only place that may use the system's random number generator.
    public static ulong Pick() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) >> (64 - Bits);
#pragma warning restore RS0030
}
