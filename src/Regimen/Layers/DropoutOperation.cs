using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The operation of a <see cref="Dropout"/> with <see cref="Bits.Portable"/>, divided among the threads. The mask is not kept: the backward pass computes its
/// factors again.</summary>
/// <param name="key">The key of the mask.</param>
/// <param name="probability">The probability of 0.</param>
internal sealed unsafe class DropoutOperation(ulong key, double probability) : FusedOperation
{
    public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining) => (Multiplied(inputs[0]), null);

    public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted) => [Multiplied(gradient)];

    public override Tensor Reference(Tensor[] inputs)
    {
        using Tensor mask = empty(inputs[0].shape);
        DropoutMask.Fill(TensorMemory.Span<float>(mask), key, probability);
        return inputs[0].mul(mask);
    }

    private Tensor Multiplied(Tensor values)
    {
        Tensor result = empty_like(values);
        float* from = TensorMemory.Pointer<float>(values);
        float* to = TensorMemory.Pointer<float>(result);
        ElementParts.Share(values.numel(), (start, end) => DropoutMask.Multiply(from, to, start, end, key, probability));
        GC.KeepAlive(values);
        return result;
    }
}
