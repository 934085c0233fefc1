using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

/// <summary>Checks the distribution of initial values.</summary>
internal static class Start
{
    /// <summary>Asserts that values are uniform in ±<paramref name="bound"/>: all inside, some close to it, and with the variance bound²/3. The
    /// tolerances are at least four standard errors.</summary>
    public static void IsUniform(Tensor values, double bound)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor wide = values.detach().to(ScalarType.Float64);
        double count = wide.numel();
        double largest = wide.abs().max().item<double>();
        double meanSquare = wide.square().mean().item<double>();
        Assert.InRange(largest, bound * (1 - (6 / count)), bound * (1 + 1e-6));
        Assert.InRange(meanSquare / (bound * bound / 3), 1 - (4 * 0.9 / Math.Sqrt(count)), 1 + (4 * 0.9 / Math.Sqrt(count)));
    }
}
