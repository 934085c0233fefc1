using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>A loss whose gradient at the model's output is computed with it, with the same bits on every machine.</summary>
/// <param name="compute">Returns the loss of an output, contiguous float32 on the CPU, and its gradient in the output's shape.</param>
/// <param name="reference">The loss in libtorch's operations, for gradients of gradients and other types.</param>
internal sealed class PortableLoss(Func<Tensor, (double Loss, Tensor Gradient)> compute, Func<Tensor, Tensor> reference) : FusedOperation
{
    /// <summary>Returns the loss as a single value.</summary>
    public static Tensor Of(Tensor output, Func<Tensor, (double Loss, Tensor Gradient)> compute, Func<Tensor, Tensor> reference)
        => FusedFunction.Run(new PortableLoss(compute, reference), output);

    public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
    {
        (double loss, Tensor gradient) = compute(inputs[0]);
        return (tensor((float)loss), gradient);
    }

    public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted) => [kept!.mul(gradient)];

    public override Tensor Reference(Tensor[] inputs) => reference(inputs[0]);
}
