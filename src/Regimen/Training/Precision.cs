using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>The precision of a training step's computations. Weights, gradients, optimizer state and evaluation are float32 in either case.</summary>
public enum Precision
{
    /// <summary>float32.</summary>
    Fp32,

    /// <summary>Matrix products and convolutions in bfloat16 (8 bits of mantissa), the rest in float32.</summary>
    Bf16,
}

/// <summary>Checks that the chosen precision is available for the model and the device.</summary>
internal static class PrecisionCheck
{
    public static IEnumerable<Problem> Of(Precision precision, nn.Module model, Device device)
    {
        if (precision != Precision.Bf16)
        {
            yield break;
        }

        if (!Autocast.IsAvailable)
        {
            yield return Unavailable("Mixed precision is not available in this libtorch", "fp32", "bf16");
        }
        else if (NotCpu(model, device) is { } other)
        {
            yield return Unavailable("bfloat16 is supported on the CPU only: other devices would compute in float32", "device=cpu, or trainer.precision=fp32", $"bf16 on {other}");
        }
        else if (model.parameters().FirstOrDefault(p => p.requires_grad && p.is_floating_point() && p.dtype != ScalarType.Float32) is { } wrong)
        {
            yield return Unavailable("bfloat16 is supported for float32 models only: others compute in their own dtype", "parameters in float32", $"{wrong.dtype}");
        }
    }

    private static string? NotCpu(nn.Module model, Device device)
        => device.type != DeviceType.CPU ? device.ToString()
            : model.parameters().FirstOrDefault(p => p.device_type != DeviceType.CPU)?.device.ToString();

    private static Problem Unavailable(string message, string expected, string received) => new(message)
    {
        Where = "trainer.precision",
        Expected = expected,
        Received = received,
        Hint = "Leave trainer.precision out: bf16 is supported for float32 models on the CPU, on Linux.",
    };
}
