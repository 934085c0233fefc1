using Regimen.Engine;
using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>Sets the initial values of parameters that do not start as in PyTorch's layers. Drawn from libtorch's default generator, in a model's
/// constructor.</summary>
internal static class InitialValues
{
    /// <summary>Sets values uniform in ± <paramref name="bound"/>.</summary>
    public static void Uniform(Tensor values, double bound)
    {
        if (Arithmetic.IsPortable)
        {
            InitialUniform.Fill(values, bound);
            return;
        }

        using IDisposable noGrad = no_grad();
        nn.init.uniform_(values, -bound, bound);
    }

    /// <summary>Sets the weights of a convolution normally distributed with the variance 2 / (outputs · kernel size), which keeps the variance of
    /// gradients through ReLUs (He and others, "Delving Deep into Rectifiers", 2015).</summary>
    public static void KaimingNormalFanOut(Tensor weight)
    {
        if (Arithmetic.IsPortable)
        {
            InitialNormal.Fill(weight, Math.Sqrt(2.0 / (weight.numel() / weight.size(1))));
            return;
        }

        using IDisposable noGrad = no_grad();
        nn.init.kaiming_normal_(weight, mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.ReLU);
    }

    /// <summary>Sets values normally distributed.</summary>
    public static void Normal(Tensor values, double std)
    {
        if (Arithmetic.IsPortable)
        {
            InitialNormal.Fill(values, std);
            return;
        }

        using IDisposable noGrad = no_grad();
        nn.init.normal_(values, 0, std);
    }

    /// <summary>Sets every value.</summary>
    public static void Constant(Tensor values, double value)
    {
        using IDisposable noGrad = no_grad();
        nn.init.constant_(values, value);
    }
}
