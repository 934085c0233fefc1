using Regimen.Configuration;
using Regimen.Ranks;
using static TorchSharp.torch;

namespace Regimen.Experiments;

/// <summary>Finds the configured device.</summary>
internal static class ComputeDevice
{
    /// <summary>Returns the device that this process computes on.</summary>
    /// <param name="choice">The device of the config.</param>
    /// <param name="ranks">The ranks of the job; null for one process.</param>
    /// <exception cref="RequestException">This machine, or this build of libtorch, does not have it.</exception>
    public static Device Of(DeviceChoice choice, RankGroup? ranks)
    {
        if (choice.Kind == DeviceKind.Cpu)
        {
            return CPU;
        }

        int devices = choice.Kind == DeviceKind.Cuda ? (cuda.is_available() ? cuda.device_count() : 0) : (mps_is_available() ? 1 : 0);
        int index = IndexOf(choice, devices, ranks is null ? [] : ranks.Hosts, ranks?.Rank ?? 0);
        return choice.Kind == DeviceKind.Cuda ? new Device(TorchSharp.DeviceType.CUDA, index) : MPS;
    }

    /// <summary>Returns the number of the device that a process computes on. The ranks of a host take its devices in turn; where the launcher gives each rank
    /// a device of its own (<c>CUDA_VISIBLE_DEVICES</c>), that is number 0 for each.</summary>
    /// <param name="choice">The device of the config, other than the CPU.</param>
    /// <param name="devices">The number of such devices that this process may use.</param>
    /// <param name="hosts">The host of each rank; empty for one process.</param>
    /// <param name="rank">The rank of this process.</param>
    /// <exception cref="RequestException">There is no such device, or several ranks of a host would compute on one.</exception>
    public static int IndexOf(DeviceChoice choice, int devices, IReadOnlyList<string> hosts, int rank)
    {
        int together = hosts.Count == 0 ? 1 : hosts.Count(h => h == hosts[rank]);
        if (together > 1 && (choice.Index is not null || choice.Kind == DeviceKind.Mps))
        {
            throw new RequestException(new Problem($"{together} ranks on host {hosts[rank]} would compute on one device")
            {
                Where = "device",
                Expected = choice.Kind == DeviceKind.Mps ? "a rank for each host with device=mps" : "device=cuda: the ranks of a host take its GPUs in turn",
                Received = choice.ToString(),
            });
        }

        if (devices == 0 || choice.Index >= devices)
        {
            throw new RequestException(new Problem("The device is not available on this machine")
            {
                Where = "device",
                Expected = devices == 0 ? "cpu, or a device that libtorch finds" : $"cuda, or cuda:0 to cuda:{devices - 1}",
                Received = choice.ToString(),
                Hint = "regimen doctor lists the devices of this machine.",
            });
        }

        return choice.Index ?? hosts.Take(rank).Count(h => h == hosts[rank]) % devices;
    }
}
