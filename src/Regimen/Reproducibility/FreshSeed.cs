using System.Security.Cryptography;

namespace Regimen.Reproducibility;

/// <summary>A seed for a run that asked for none in particular. It is recorded, so that even that run can be had again.</summary>
public static class FreshSeed
{
    // Readers of JSON that keep every number as a double keep these exactly.
    private const int Bits = 53;

    /// <summary>A number below 2⁵³ from the system's own source of randomness: the one thing in a run that is not derived from its
    /// seed.</summary>
#pragma warning disable RS0030 // The one place that may ask the system for randomness.
    public static ulong Pick() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) >> (64 - Bits);
#pragma warning restore RS0030
}
