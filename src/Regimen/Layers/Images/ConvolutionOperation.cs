using Regimen.Engine;
using Regimen.Kernels;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The operation of a <see cref="Conv2d"/> and of what follows it. Its inputs are the images, the weight and, if the layer has one, the bias.</summary>
/// <param name="layer">The layer.</param>
/// <param name="rectifies">Whether a ReLU follows.</param>
/// <param name="pool">The side of the windows of a max pooling before the ReLU; 0 for none. A pooled output is contiguous, because layers of features follow it.</param>
internal sealed unsafe class ConvolutionOperation(Conv2d layer, bool rectifies = false, int pool = 0) : ImageOperation
{
    public override Tensor ArrangeGradient(Tensor gradient)
        => pool == 0 ? base.ArrangeGradient(gradient) : gradient.is_contiguous() ? gradient : gradient.contiguous();

    public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
    {
        ConvolutionShape shape = layer.ShapeOn(inputs[0]);
        float* x = ImageLayout.Pointer(inputs[0]);
        float* weight = Address(inputs[1]);
        float* bias = inputs.Length > 2 ? Address(inputs[2]) : null;
        (Tensor output, Tensor? kept) = pool == 0 ? Whole(shape, x, weight, bias) : Pooled(shape, x, weight, bias, isTraining);
        GC.KeepAlive(inputs);
        return (output, isTraining ? kept : null);
    }

    public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted)
    {
        ConvolutionShape shape = layer.ShapeOn(inputs[0]);
        using Tensor? before = BeforeNext(shape, kept, gradient);
        float* above = ImageLayout.Pointer(before ?? gradient);
        float* x = ImageLayout.Pointer(inputs[0]);
        var gradients = new Tensor?[inputs.Length];
        if (wanted[1] && layer.weight.requires_grad)
        {
            ConvolutionKernel.AddWeightGradient(shape, x, above, PlaceOf(layer.weight, out gradients[1]));
        }

        if (inputs.Length > 2 && wanted[2] && layer.bias!.requires_grad)
        {
            ConvolutionKernel.AddBiasGradient(above, shape.OutputPixels, shape.Outputs, PlaceOf(layer.bias, out gradients[2]));
        }

        if (wanted[0])
        {
            gradients[0] = ImageLayout.Empty(shape.Batch, shape.Inputs, shape.Height, shape.Width);
            ConvolutionKernel.InputGradient(shape, above, Address(inputs[1]), ImageLayout.Pointer(gradients[0]!));
        }

        // Only addresses were passed to the threads: outside a dispose scope the garbage collector could free the tensors.
        GC.KeepAlive(inputs);
        GC.KeepAlive(kept);
        GC.KeepAlive(gradient);
        GC.KeepAlive(layer);
        return gradients;
    }

    public override Tensor Reference(Tensor[] inputs)
    {
        Tensor output = layer.OfTorch(inputs[0], inputs[1], inputs.Length > 2 ? inputs[2] : null);
        output = pool > 0 ? nn.functional.max_pool2d(output, pool) : output;
        return rectifies ? output.relu() : output;
    }

    /// <summary>Returns the output, and itself if the backward pass needs it.</summary>
    private (Tensor Output, Tensor? Kept) Whole(ConvolutionShape shape, float* x, float* weight, float* bias)
    {
        Tensor output = ImageLayout.Empty(shape.Batch, shape.Outputs, shape.OutputHeight, shape.OutputWidth);
        ConvolutionKernel.Forward(shape, x, weight, bias, ImageLayout.Pointer(output), rectifies);
        return (output, rectifies ? output : null);
    }

    /// <summary>Returns the pooled output, and the place of each value in its window if a backward pass may follow.</summary>
    private (Tensor Output, Tensor? Kept) Pooled(ConvolutionShape shape, float* x, float* weight, float* bias, bool isTraining)
    {
        var pooled = new PooledConvolution(shape, pool);
        Tensor output = empty(shape.Batch, shape.Outputs, pooled.Height, pooled.Width);
        Tensor? places = isTraining ? empty([shape.Batch, pooled.Height, pooled.Width, shape.Outputs], ScalarType.Byte) : null;
        pooled.Forward(x, weight, bias, TensorMemory.Pointer<float>(output), places is null ? null : TensorMemory.Pointer<byte>(places), rectifies);
        return (output, places);
    }

    /// <summary>Returns the gradient of the convolution's own output; null if nothing follows it.</summary>
    private Tensor? BeforeNext(ConvolutionShape shape, Tensor? kept, Tensor gradient)
    {
        if (kept is null)
        {
            return null;
        }

        Tensor before = ImageLayout.Empty(shape.Batch, shape.Outputs, shape.OutputHeight, shape.OutputWidth);
        float* to = ImageLayout.Pointer(before);
        if (pool > 0)
        {
            new PooledConvolution(shape, pool).Backward(TensorMemory.Pointer<float>(gradient), TensorMemory.Pointer<byte>(kept), to);
        }
        else
        {
            float* from = ImageLayout.Pointer(gradient);
            float* output = ImageLayout.Pointer(kept);
            ElementParts.Share(before.numel(), (start, end) => PartialSums.Mask(output + start, from + start, to + start, end - start));
        }

        return before;
    }
}
