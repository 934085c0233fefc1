namespace Regimen.Configuration;

/// <summary>What a run computes on.</summary>
public enum DeviceKind
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>An NVIDIA graphics card.</summary>
    Cuda,

    /// <summary>Apple's graphics, through Metal.</summary>
    Mps,
}
