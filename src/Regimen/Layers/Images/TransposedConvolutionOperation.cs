using Regimen.Kernels;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The operation of a <see cref="ConvTranspose2d"/>. Its inputs are the images, the weight and, if the layer has one, the bias.</summary>
/// <remarks>It is the gradient of a convolution from the layer's output to its input: the layer's output is that convolution's input gradient, started from
/// the bias; its input gradient is that convolution's output; and its weight gradient that convolution's, with image and gradient swapped.</remarks>
internal sealed unsafe class TransposedConvolutionOperation(ConvTranspose2d layer) : ImageOperation
{
    public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
    {
        ConvolutionShape shape = layer.ShapeOn(inputs[0]);
        Tensor output = ImageLayout.Empty(shape.Batch, shape.Inputs, shape.Height, shape.Width);
        ConvolutionKernel.InputGradient(
            shape, ImageLayout.Pointer(inputs[0]), Address(inputs[1]), ImageLayout.Pointer(output), inputs.Length > 2 ? Address(inputs[2]) : null);
        GC.KeepAlive(inputs);
        return (output, null);
    }

    public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted)
    {
        ConvolutionShape shape = layer.ShapeOn(inputs[0]);
        float* above = ImageLayout.Pointer(gradient);
        float* x = ImageLayout.Pointer(inputs[0]);
        var gradients = new Tensor?[inputs.Length];
        if (wanted[1] && layer.weight.requires_grad)
        {
            ConvolutionKernel.AddWeightGradient(shape, above, x, PlaceOf(layer.weight, out gradients[1]));
        }

        if (inputs.Length > 2 && wanted[2] && layer.bias!.requires_grad)
        {
            ConvolutionKernel.AddBiasGradient(above, shape.InputPixels, shape.Inputs, PlaceOf(layer.bias, out gradients[2]));
        }

        if (wanted[0])
        {
            gradients[0] = ImageLayout.Empty(shape.Batch, shape.Outputs, shape.OutputHeight, shape.OutputWidth);
            ConvolutionKernel.Forward(shape, above, Address(inputs[1]), null, ImageLayout.Pointer(gradients[0]!), rectifies: false);
        }

        // Only addresses were passed to the threads: outside a dispose scope the garbage collector could free the tensors.
        GC.KeepAlive(inputs);
        GC.KeepAlive(gradient);
        GC.KeepAlive(layer);
        return gradients;
    }

    public override Tensor Reference(Tensor[] inputs) => layer.OfTorch(inputs[0], inputs[1], inputs.Length > 2 ? inputs[2] : null);
}
