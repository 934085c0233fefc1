namespace Regimen.Configuration;

/// <summary>The device that a run computes on.</summary>
public enum DeviceKind
{
    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU, through CUDA.</summary>
    Cuda,

    /// <summary>An Apple GPU, through Metal.</summary>
    Mps,
}
