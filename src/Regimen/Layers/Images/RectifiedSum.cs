using Regimen.Engine;
using Regimen.Kernels;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary><c>relu(a + b)</c> of images, divided among the threads: the end of a residual block.</summary>
internal sealed unsafe class RectifiedSum : ImageOperation
{
    private static readonly RectifiedSum Operation = new();

    /// <summary>Whether the operation can run.</summary>
    public static bool CanRun(Tensor a, Tensor b) => Arithmetic.IsPortable && ImageOperation.CanRun(a, b) && a.shape.AsSpan().SequenceEqual(b.shape);

    /// <summary>Returns the sum's positive part.</summary>
    public static Tensor Run(Tensor a, Tensor b) => FusedFunction.Run(Operation, a, b);

    public override Tensor ArrangeInput(Tensor input, int index) => ImageLayout.Of(input);

    public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
    {
        Tensor output = Like(inputs[0]);
        float* a = ImageLayout.Pointer(inputs[0]);
        float* b = ImageLayout.Pointer(inputs[1]);
        float* y = ImageLayout.Pointer(output);
        ElementParts.Share(output.numel(), (start, end) => ElementSums.Rectified(a + start, b + start, y + start, end - start));
        GC.KeepAlive(inputs);
        return (output, isTraining ? output : null);
    }

    public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted)
    {
        Tensor result = Like(gradient);
        float* y = ImageLayout.Pointer(kept!);
        float* g = ImageLayout.Pointer(gradient);
        float* to = ImageLayout.Pointer(result);
        ElementParts.Share(result.numel(), (start, end) => PartialSums.Mask(y + start, g + start, to + start, end - start));
        GC.KeepAlive(kept);
        GC.KeepAlive(gradient);
        return [result, result];
    }

    public override Tensor Reference(Tensor[] inputs) => inputs[0].add(inputs[1]).relu();

    private static Tensor Like(Tensor images) => ImageLayout.Empty(images.size(0), images.size(1), images.size(2), images.size(3));
}
