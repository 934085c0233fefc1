using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>A function of each value of a tensor, split among Regimen's threads.</summary>
/// <typeparam name="TFunction">The function.</typeparam>
internal sealed unsafe class ElementOperation<TFunction> : FusedOperation
    where TFunction : struct, IElementFunction
{
    private static readonly ElementOperation<TFunction> Operation = new();

    private ElementOperation()
    {
    }

    /// <summary>Returns the function's values in the shape of <paramref name="x"/>.</summary>
    public static Tensor Run(Tensor x)
    {
        if (x.dim() != 4 || x.is_contiguous())
        {
            return FusedFunction.Run(Operation, x);
        }

        // Images of convolutions have the channels last, and that view is contiguous.
        Tensor images = ImageLayout.Of(x);
        using Tensor? copy = ReferenceEquals(images, x) ? null : images;
        using Tensor moved = images.permute(0, 2, 3, 1);
        using Tensor output = FusedFunction.Run(Operation, moved);
        return output.permute(0, 3, 1, 2);
    }

    public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
    {
        Tensor output = empty_like(inputs[0]);
        float* x = TensorMemory.Pointer<float>(inputs[0]);
        float* y = TensorMemory.Pointer<float>(output);
        ElementParts.Share(output.numel(), (start, end) => Values(x, y, start, end));
        GC.KeepAlive(inputs);
        return (output, null);
    }

    public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted)
    {
        Tensor result = empty_like(gradient);
        float* x = TensorMemory.Pointer<float>(inputs[0]);
        float* above = TensorMemory.Pointer<float>(gradient);
        float* to = TensorMemory.Pointer<float>(result);
        ElementParts.Share(result.numel(), (start, end) => Gradients(x, above, to, start, end));
        GC.KeepAlive(inputs);
        GC.KeepAlive(gradient);
        return [result];
    }

    public override Tensor Reference(Tensor[] inputs) => TFunction.Reference(inputs[0]);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Values(float* x, float* y, long start, long end)
    {
        long i = start;
        for (; i + Vector256<float>.Count <= end; i += Vector256<float>.Count)
        {
            TFunction.Value(Vector256.Load(x + i)).Store(y + i);
        }

        for (; i < end; i++)
        {
            y[i] = TFunction.Value(Vector256.Create(x[i]))[0];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gradients(float* x, float* above, float* to, long start, long end)
    {
        long i = start;
        for (; i + Vector256<float>.Count <= end; i += Vector256<float>.Count)
        {
            (Vector256.Load(above + i) * TFunction.Derivative(Vector256.Load(x + i))).Store(to + i);
        }

        for (; i < end; i++)
        {
            to[i] = above[i] * TFunction.Derivative(Vector256.Create(x[i]))[0];
        }
    }
}
