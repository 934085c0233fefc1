using Regimen.Engine;
using Regimen.Inspection;
using Regimen.Loading;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>What the bits of a training depend on.</summary>
/// <param name="Level">The level that the training has, which may be less than the one that was asked for.</param>
/// <param name="Reasons">What depends on the machine in this training, whether or not portable bits were asked for; empty for nothing.</param>
internal sealed record BitsLevel(Bits Level, IReadOnlyList<string> Reasons)
{
    /// <summary>Determines the level of a training.</summary>
    public static BitsLevel Of(TrainOptions options, nn.Module model, Objective objective, OptimizerOptions optimizer, DataLoader train)
    {
        string[] reasons =
        [
            .. train.Device.type == DeviceType.CPU ? [] : (string[])[$"device {train.Device}"],
            .. options.Precision == Precision.Fp32 ? [] : (string[])["trainer.precision"],
            .. model.parameters().Any(p => p.dtype != ScalarType.Float32) ? (string[])["parameters that are not float32"] : [],
            .. MachineOperations.Of(model),
            .. objective.IsPortable ? [] : (string[])[$"the objective ({objective.GetType().Name})"],
            .. optimizer.IsPortable ? [] : (string[])[$"the optimizer ({optimizer.GetType().Name})"],

            // Regimen's own transforms compute with additions, products and the functions of PortableFunctions; others may call the system's.
            .. train.Transforms.Where(t => t.GetType().Assembly != typeof(BitsLevel).Assembly).Select(t => $"the transform {t.Describe()["name"]}"),
            .. options.Metrics.Where(m => !m.IsPortable).Select(m => $"the metric {m.GetType().Name}"),
        ];
        return new(options.Bits == Bits.Portable && reasons.Length == 0 ? Bits.Portable : Bits.Machine, reasons);
    }

    /// <summary>The level as a run's record has it.</summary>
    public string Name => Level.ToString().ToLowerInvariant();

    /// <summary>The level in a sentence for people.</summary>
    /// <param name="asked">The level that was asked for.</param>
    public string Describe(Bits asked) => (Level, asked, Reasons.Count) switch
    {
        (Bits.Portable, _, _) => "bits portable: the same on any processor, for any number of threads",
        (_, Bits.Portable, _) => $"bits machine, although trainer.bits=portable, because libtorch or the system computes: {string.Join(", ", Reasons)}",
        (_, _, 0) => "bits machine; trainer.bits=portable would give the same bits on any processor",
        _ => $"bits machine, also with trainer.bits=portable, because of: {string.Join(", ", Reasons)}",
    };
}
