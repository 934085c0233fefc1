using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>A copy of a device's gradients in the memory of the host, where the ranks add them up. The sum is in the order of the ranks, so it is computed
/// on the host also where MPI itself can read a device's memory.</summary>
internal sealed class HostGradients : IDisposable
{
    private readonly Tensor _gradients;
    private readonly Tensor _host;

    /// <param name="gradients">The gradients, on a device.</param>
    public HostGradients(Tensor gradients)
    {
        _gradients = gradients;
        Tensor host = zeros(gradients.shape, gradients.dtype, CPU);
        if (gradients.device_type == DeviceType.CUDA)
        {
            // A GPU copies to and from page-locked memory by itself.
            using Tensor pageable = host;
            host = pageable.pin_memory();
        }

        _host = host.DetachFromDisposeScope();
    }

    /// <summary>Copies the gradients to the host, once the device has computed them.</summary>
    /// <returns>The copy, valid until <see cref="Dispose"/>.</returns>
    public Tensor Read()
    {
        using IDisposable noGrad = no_grad();
        _host.copy_(_gradients);
        return _host;
    }

    /// <summary>Copies the sum back. The device does it before whatever it is told afterwards; nothing waits for it.</summary>
    public void Write()
    {
        using IDisposable noGrad = no_grad();
        _gradients.copy_(_host, nonBlocking: true);
    }

    public void Dispose() => _host.Dispose();
}
