using Regimen.Engine;
using Regimen.Kernels;
using Regimen.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>Scales gradients down to a maximum Euclidean norm over all parameters (Pascanu, Mikolov, Bengio, 2013).</summary>
internal sealed class GradientClipping(double? maxNorm) : IDisposable
{
    // PyTorch's guard against a division by zero.
    private readonly Scalar _epsilon = 1e-6;
    private readonly Scalar _maxNorm = maxNorm ?? 0;
    private readonly Scalar _one = 1.0;

    /// <summary>Clips the gradients of a step.</summary>
    /// <param name="parameters">The parameters with their gradients.</param>
    /// <param name="at">The step, for errors.</param>
    /// <param name="needsNorm">Whether to compute the norm even without clipping.</param>
    /// <param name="late">Reads the norm later, where the caller does not need it; null to read it here.</param>
    /// <returns>The norm before clipping; null if neither clipping nor the caller needs it, or if it is read later.</returns>
    /// <exception cref="WorkFailedException">The norm is not finite: scaling by it would make every weight NaN.</exception>
    public double? Clip(FlatParameters parameters, Progress at, bool needsNorm, LateSteps? late = null)
    {
        if (maxNorm is null && !needsNorm)
        {
            return null;
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        if (Arithmetic.IsPortable)
        {
            return ClipPortably(parameters, at);
        }

        Tensor norm = parameters.Gradients.norm();
        if (late is not null && !needsNorm)
        {
            // The factor is exactly 1 for small norms, so it needs no decision.
            late.Order(norm);
            parameters.Gradients.mul_(norm.add(_epsilon).reciprocal_().mul_(_maxNorm).clamp_max_(_one));
            return null;
        }

        double value = norm.ToDouble();
        if (maxNorm is null)
        {
            return value;
        }

        FiniteGuard.Gradients(parameters, value, at);
        if (value > 0.999 * maxNorm)
        {
            // For smaller norms the factor is exactly 1.
            Tensor factor = norm.add_(_epsilon).reciprocal_().mul_(_maxNorm).clamp_max_(_one);
            parameters.Gradients.mul_(factor);
        }

        return value;
    }

    /// <summary>Clips with a norm that is summed in a fixed order, in double precision.</summary>
    private unsafe double ClipPortably(FlatParameters parameters, Progress at)
    {
        double value = Math.Sqrt(SumOfSquares.Of(TensorMemory.Pointer<float>(parameters.Gradients), parameters.Gradients.numel()));
        if (maxNorm is not { } most)
        {
            return value;
        }

        FiniteGuard.Gradients(parameters, value, at);
        if (value > most)
        {
            using Scalar factor = most / value;
            parameters.Gradients.mul_(factor);
        }

        return value;
    }

    public void Dispose()
    {
        _epsilon.Dispose();
        _maxNorm.Dispose();
        _one.Dispose();
    }
}
