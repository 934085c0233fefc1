using Regimen.Engine;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>An operation on images with its own backward pass, whose bits are the same on every processor and for any number of threads.</summary>
/// <remarks>Its inputs are images in the layout of <see cref="ImageLayout"/>, then parameters.</remarks>
internal abstract unsafe class ImageOperation : FusedOperation
{
    /// <summary>Whether an operation can run on these inputs.</summary>
    public static bool CanRun(params ReadOnlySpan<Tensor> inputs)
    {
        foreach (Tensor input in inputs)
        {
            if (input.device_type != DeviceType.CPU || input.dtype != ScalarType.Float32 || input.numel() == 0)
            {
                return false;
            }
        }

        return inputs[0].dim() == 4 && !Autocast.IsOn;
    }

    /// <inheritdoc/>
    public override Tensor ArrangeInput(Tensor input, int index) => index == 0 ? ImageLayout.Of(input) : input;

    /// <inheritdoc/>
    public override Tensor ArrangeGradient(Tensor gradient) => ImageLayout.Of(gradient);

    /// <summary>Returns the address of a parameter's values.</summary>
    protected static float* Address(Tensor parameter) => (float*)LinearPointers.Address(parameter);

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
