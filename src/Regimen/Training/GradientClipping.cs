using Regimen.Engine;
using Regimen.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>Scales gradients down to a Euclidean norm over all parameters (Pascanu, Mikolov, Bengio, 2013): one norm, as they lie in
/// one buffer.</summary>
internal sealed class GradientClipping(double? maxNorm) : IDisposable
{
    // PyTorch's guard against a division by zero.
    private readonly Scalar _epsilon = 1e-6;
    private readonly Scalar _maxNorm = maxNorm ?? 0;
    private readonly Scalar _one = 1.0;

    /// <summary>Clips the gradients of a step.</summary>
    /// <exception cref="WorkFailedException">Their norm is not finite: scaled by it every weight would be NaN.</exception>
    public void Clip(FlatParameters parameters, Progress at)
    {
        if (maxNorm is null)
        {
            return;
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor norm = parameters.Gradients.norm();
        double value = norm.ToDouble();
        FiniteGuard.Gradients(parameters, value, at);
        if (value > 0.999 * maxNorm)
        {
            // Well below, the factor is exactly 1.
            Tensor factor = norm.add_(_epsilon).reciprocal_().mul_(_maxNorm).clamp_max_(_one);
            parameters.Gradients.mul_(factor);
        }
    }

    public void Dispose()
    {
        _epsilon.Dispose();
        _maxNorm.Dispose();
        _one.Dispose();
    }
}
