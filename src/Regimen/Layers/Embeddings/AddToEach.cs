using Regimen.Engine;
using Regimen.Kernels;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Adds a tensor, such as the vectors of positions, to each sample of a batch. Its gradient is the sum over the samples by the definition of
/// <see cref="ColumnSums"/>, which libtorch computes in the order that suits the machine.</summary>
internal sealed unsafe class AddToEach : FusedOperation
{
    private const long SmallestPart = 16_384;
    private const int Granule = 16;
    private static readonly AddToEach Operation = new();

    private AddToEach()
    {
    }

    /// <summary>Returns <c>[batch, …]</c>.</summary>
    /// <param name="batch">The samples <c>[batch, …]</c>.</param>
    /// <param name="each">What is added to each, <c>[…]</c>.</param>
    public static Tensor Run(Tensor batch, Tensor each) => FusedFunction.Run(Operation, batch, each);

    public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining) => (inputs[0].add(inputs[1]), null);

    public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted)
    {
        Tensor sums = empty_like(inputs[1]);
        long samples = inputs[0].size(0);
        long columns = sums.numel();
        float* above = TensorMemory.Pointer<float>(gradient);
        float* to = TensorMemory.Pointer<float>(sums);
        int parts = (int)Math.Clamp(Math.Min(samples * columns / SmallestPart, columns / Granule), 1, Threads.Parts);
        Threads.Share(parts, part =>
        {
            (long start, long end) = WorkRange.Of(columns, part, parts, Granule);
            ColumnSums.Of(above, samples, columns, start, end, to);
        });
        return [gradient.alias(), sums];
    }

    public override Tensor Reference(Tensor[] inputs) => inputs[0].add(inputs[1]);
}
