using Regimen.Engine;

namespace Regimen.Training;

/// <summary>What a training step computes in. Weights, gradients and optimizer state are float32 either way, and so is evaluation.</summary>
public enum Precision
{
    /// <summary>float32.</summary>
    Fp32,

    /// <summary>Matrix products and convolutions in bfloat16 (8 bits of mantissa), the rest in float32.</summary>
    Bf16,
}

/// <summary>Whether a precision can be had.</summary>
internal static class PrecisionCheck
{
    public static IEnumerable<Problem> Of(Precision precision) => precision == Precision.Bf16 && !Autocast.IsAvailable
        ? [new Problem("This libtorch's mixed precision can't be reached")
        {
            Where = "trainer.precision",
            Expected = "fp32",
            Received = "bf16",
            Hint = "Leave trainer.precision out: bf16 is for Linux on the CPU.",
        }]
        : [];
}
