using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>Sets the initial values of parameters that do not start as in PyTorch's layers. Drawn from libtorch's default generator, in a model's
/// constructor.</summary>
internal static class InitialValues
{
    /// <summary>Sets values uniform in ± <paramref name="bound"/>.</summary>
    public static void Uniform(Tensor values, double bound)
    {
        using IDisposable noGrad = no_grad();
        nn.init.uniform_(values, -bound, bound);
    }

    /// <summary>Sets every value.</summary>
    public static void Constant(Tensor values, double value)
    {
        using IDisposable noGrad = no_grad();
        nn.init.constant_(values, value);
    }
}
