using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Kernels;

namespace Regimen.Optimization;

/// <summary>A loss that is a mean over elements, with the same bits on every processor.</summary>
internal interface IElementLoss
{
    /// <summary>Returns the loss of elements and its derivative with respect to the output.</summary>
    /// <param name="output">The model's output.</param>
    /// <param name="target">The target.</param>
    /// <param name="weight">The weight of positive elements, where a loss has it.</param>
    (Vector256<float> Loss, Vector256<float> Gradient) At(Vector256<float> output, Vector256<float> target, Vector256<float> weight);
}

/// <summary>The squared error.</summary>
internal readonly struct SquaredLoss : IElementLoss
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (Vector256<float> Loss, Vector256<float> Gradient) At(Vector256<float> output, Vector256<float> target, Vector256<float> weight)
    {
        Vector256<float> error = output - target;
        return (error * error, error + error);
    }
}

/// <summary>The Huber loss.</summary>
internal readonly struct HuberLoss(float delta) : IElementLoss
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (Vector256<float> Loss, Vector256<float> Gradient) At(Vector256<float> output, Vector256<float> target, Vector256<float> weight)
    {
        Vector256<float> error = output - target;
        Vector256<float> size = Vector256.Abs(error);
        Vector256<float> limit = Vector256.Create(delta);
        Vector256<float> isLarge = Vector256.GreaterThan(size, limit);
        Vector256<float> loss = Vector256.ConditionalSelect(isLarge, limit * (size - (limit * 0.5f)), error * error * 0.5f);
        return (loss, Vector256.ConditionalSelect(isLarge, limit | (error & Vector256.Create(-0f)), error));
    }
}

/// <summary>Sigmoid cross-entropy of a logit against a target from 0 to 1.</summary>
internal readonly struct SigmoidLoss : IElementLoss
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (Vector256<float> Loss, Vector256<float> Gradient) At(Vector256<float> output, Vector256<float> target, Vector256<float> weight)
    {
        Vector256<float> rest = Vector256<float>.One - target;
        Vector256<float> positive = weight * target;

        // −ln σ(−|x|) and the part that is linear in x.
        Vector256<float> log = VectorFunctions.LogOnePlus(VectorFunctions.Exp(-Vector256.Abs(output)));
        Vector256<float> linear = Vector256.ConditionalSelect(Vector256.LessThan(output, Vector256<float>.Zero), -output * positive, output * rest);
        Vector256<float> gradient = (rest * VectorFunctions.Sigmoid(output)) - (positive * VectorFunctions.Sigmoid(-output));
        return (((rest + positive) * log) + linear, gradient);
    }
}
