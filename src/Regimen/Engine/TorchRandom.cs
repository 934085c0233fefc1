using Regimen.Reproducibility;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>libtorch's default generator, from which layers draw their first values and dropout its masks. It is set anew from
/// (seed, purpose, epoch, step) each time, so its state is never saved and never depends on what was drawn before.</summary>
public static class TorchRandom
{
    /// <summary>For the making of a model: call it right before its constructor.</summary>
    public static void SeedInitialization(ulong seed) => Seed(RandomStream.Seed(seed, RandomPurpose.Initialization));

    /// <summary>For one training step.</summary>
    public static void SeedStep(ulong seed, int epoch, long step) => Seed(RandomStream.Seed(seed, RandomPurpose.Dropout, epoch, step));

#pragma warning disable RS0030 // The one place that may set the default generator.
    // The generator that comes back is a handle of its own, with a finaliser: thousands of them would pile up.
    private static void Seed(ulong seed) => random.manual_seed(unchecked((long)seed)).Dispose();
#pragma warning restore RS0030
}
