using Regimen.Engine;
using Regimen.Layers;
using Regimen.Ranks;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>The sum of a tensor over the ranks of a job, as an operation of autograd: the gradient of each rank's tensor is the sum of the gradients of all
/// ranks' results.</summary>
internal sealed class SumOverRanks(RankGroup group) : FusedOperation
{
    public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining) => (Sum(inputs[0]), null);

    public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted) => [Sum(gradient)];

    public override Tensor Reference(Tensor[] inputs) => throw new NotSupportedException("Sums over ranks are of float32 values on the processor, and have no second derivative.");

    private Tensor Sum(Tensor own)
    {
        Tensor sum = own.detach().clone();
        try
        {
            ExchangedMemory.During(sum, () =>
            {
                unsafe
                {
                    return group.Exchange.Sum(TensorMemory.Pointer<float>(sum), sum.numel(), []);
                }
            });
        }
        catch (Exception exception) when (exception is WorkFailedException or OperationCanceledException)
        {
            // An exception must not leave a callback of libtorch. The sum of the step's gradients fails in the same way.
        }

        return sum;
    }
}
