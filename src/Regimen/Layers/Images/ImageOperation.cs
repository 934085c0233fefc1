using Regimen.Engine;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>An operation on images with its own backward pass, whose bits are the same on every processor and for any number of threads.</summary>
internal abstract unsafe class ImageOperation
{
    /// <summary>Computes the output, and returns it with values that the backward pass needs besides the inputs.</summary>
    /// <param name="inputs">The images in the layout of <see cref="ImageLayout"/>, then parameters.</param>
    /// <param name="keeps">Whether a backward pass may follow.</param>
    public abstract (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool keeps);

    /// <summary>Computes the gradients of the inputs; null for those that need none, or whose gradient was added to a trainer's buffers.</summary>
    /// <param name="inputs">The inputs of the forward pass.</param>
    /// <param name="kept">The values that the forward pass returned beside the output; null for none.</param>
    /// <param name="gradient">The gradient of the output, in the layout of <see cref="ImageLayout"/>.</param>
    /// <param name="wanted">Whether each input needs a gradient.</param>
    public abstract Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted);

    /// <summary>Computes the output with libtorch's operations, for gradients of gradients and for inputs that the kernels do not support.</summary>
    public abstract Tensor Reference(Tensor[] inputs);

    /// <summary>Returns the address that a parameter's gradient is added to: in a trainer's buffers, or in a new tensor for autograd.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="gradient">The new tensor; null if the address is in the buffers.</param>
    protected static float* PlaceOf(Parameter parameter, out Tensor? gradient)
    {
        gradient = null;
        if (FlatParameters.Gathering?.GradientOf(parameter) is { } place and not 0)
        {
            return (float*)place;
        }

        gradient = zeros_like(parameter, requires_grad: false);
        return TensorMemory.Pointer<float>(gradient);
    }
}
