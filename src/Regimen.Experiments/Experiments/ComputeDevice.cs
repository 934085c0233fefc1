using Regimen.Configuration;
using static TorchSharp.torch;

namespace Regimen.Experiments;

/// <summary>Finds the configured device.</summary>
internal static class ComputeDevice
{
    /// <summary>Returns the device of a kind.</summary>
    /// <exception cref="RequestException">This machine, or this build of libtorch, does not have it.</exception>
    public static Device Of(DeviceKind kind)
    {
        bool available = kind switch
        {
            DeviceKind.Cuda => cuda.is_available(),
            DeviceKind.Mps => mps_is_available(),
            _ => true,
        };
        return available
            ? kind switch { DeviceKind.Cuda => CUDA, DeviceKind.Mps => MPS, _ => CPU }
            : throw new RequestException(new Problem("The device is not available on this machine")
            {
                Where = "device",
                Expected = "cpu, or a device that libtorch finds",
                Received = kind.ToString().ToLowerInvariant(),
                Hint = "regimen doctor lists the devices of this machine.",
            });
    }
}
