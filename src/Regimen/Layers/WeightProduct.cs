using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The linear layer <c>x·Wᵀ + b</c> with parameters of other modules, computed with Regimen's own products: an output layer that uses an
/// embedding's table, or the gates of recurrent units.</summary>
internal sealed unsafe class WeightProduct : FusedOperation
{
    private static readonly WeightProduct Operation = new();

    private WeightProduct()
    {
    }

    /// <summary>Returns <c>[…, out]</c>.</summary>
    /// <param name="x">The input <c>[…, in]</c>.</param>
    /// <param name="weight">W, <c>[out, in]</c>.</param>
    /// <param name="bias">b, <c>[out]</c>; null for none.</param>
    public static Tensor Run(Tensor x, Tensor weight, Tensor? bias = null)
        => bias is null ? FusedFunction.Run(Operation, x, weight) : FusedFunction.Run(Operation, x, weight, bias);

    public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
    {
        Tensor x = inputs[0];
        (int batch, int width, int outputs) = Sizes(inputs);
        Tensor output = empty([.. x.shape[..^1], outputs]);
        float* from = TensorMemory.Pointer<float>(x);
        float* to = TensorMemory.Pointer<float>(output);
        var place = new LinearPointers(LinearPointers.Address(inputs[1]), inputs.Length > 2 ? LinearPointers.Address(inputs[2]) : 0);
        var kernel = new PortableKernel(place, batch, width, outputs);
        Threads.Share(kernel.Parts, part => kernel.Forward(part, from, to, rectifies: false));
        GC.KeepAlive(inputs);
        return (output, null);
    }

    public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted)
    {
        (int batch, int width, int outputs) = Sizes(inputs);
        Tensor? ofInput = wanted[0] ? empty_like(inputs[0]) : null;
        Tensor ofWeight = zeros_like(inputs[1]);
        Tensor? ofBias = inputs.Length > 2 ? zeros_like(inputs[2]) : null;
        float* x = TensorMemory.Pointer<float>(inputs[0]);
        float* above = TensorMemory.Pointer<float>(gradient);
        float* below = ofInput is null ? null : TensorMemory.Pointer<float>(ofInput);
        var place = new LinearPointers(LinearPointers.Address(inputs[1]), 0, LinearPointers.Address(ofWeight), LinearPointers.Address(ofBias));
        var kernel = new PortableKernel(place, batch, width, outputs);
        Threads.Share(kernel.Parts, part => kernel.Backward(part, above, x, below, isRectified: false));
        GC.KeepAlive(inputs);
        GC.KeepAlive(gradient);
        return ofBias is null ? [ofInput, ofWeight] : [ofInput, ofWeight, ofBias];
    }

    public override Tensor Reference(Tensor[] inputs) => nn.functional.linear(inputs[0], inputs[1], inputs.Length > 2 ? inputs[2] : null);

    private static (int Batch, int Width, int Outputs) Sizes(Tensor[] inputs)
        => (checked((int)(inputs[0].numel() / inputs[0].size(-1))), (int)inputs[0].size(-1), (int)inputs[1].size(0));
}
