using Regimen.Engine;
using Regimen.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>A two-dimensional convolution with zero padding. It has the parameter names, the initialisation and the results of
/// <c>torch.nn.Conv2d</c>; with <see cref="Bits.Portable"/> Regimen computes it, up to rounding with the same results, and draws its initial values.</summary>
/// <remarks>The sums are defined in docs/decisions/0016-kernels.md. libtorch computes inputs that are not float32 on the CPU, and mixed
/// precision.</remarks>
public sealed class Conv2d : Convolution, IPortable
{
    private readonly ConvolutionOperation _operation;
    private readonly ConvolutionOperation _rectified;

    /// <summary>Creates a layer. Its parameters are initialised as in PyTorch, from libtorch's default generator.</summary>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="kernel">The height and width of the kernel.</param>
    /// <param name="stride">The distance between two positions of the kernel.</param>
    /// <param name="padding">The number of zeros on each side of the image.</param>
    /// <param name="dilation">The distance between two values of the kernel.</param>
    /// <param name="groups">The number of groups of channels that are not connected with each other.</param>
    /// <param name="hasBias">Whether the layer has a bias.</param>
    public Conv2d(long inputs, long outputs, long kernel, long stride = 1, long padding = 0, long dilation = 1, long groups = 1, bool hasBias = true)
        : this(inputs, outputs, (kernel, kernel), (stride, stride), (padding, padding), (dilation, dilation), groups, hasBias)
    {
    }

    /// <summary>Creates a layer whose sizes differ down and along. Its parameters are initialised as in PyTorch, from libtorch's default generator.</summary>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="kernel">The height and width of the kernel.</param>
    /// <param name="stride">The distance between two positions of the kernel, down and along.</param>
    /// <param name="padding">The number of zeros above and below, and on the left and right.</param>
    /// <param name="dilation">The distance between two values of the kernel, down and along.</param>
    /// <param name="groups">The number of groups of channels that are not connected with each other.</param>
    /// <param name="hasBias">Whether the layer has a bias.</param>
    public Conv2d(
        long inputs, long outputs, (long Height, long Width) kernel, (long Down, long Along) stride, (long Down, long Along) padding, (long Down, long Along) dilation, long groups,
        bool hasBias)
        : base(
            nameof(Conv2d), inputs, outputs, [kernel.Height, kernel.Width], [stride.Down, stride.Along], [padding.Down, padding.Along], null, [dilation.Down, dilation.Along], false,
            [0, 0], groups, hasBias, TorchSharp.PaddingModes.Zeros)
    {
        _operation = new ConvolutionOperation(this);
        _rectified = new ConvolutionOperation(this, rectifies: true);
        if (Arithmetic.IsPortable)
        {
            InitialUniform.Fill(weight, bias, weight.numel() / outputs);
        }
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Computes <c>[batch, outputs, height, width]</c> from <c>[batch, inputs, height, width]</c>; the batch may be absent.</summary>
    public override Tensor forward(Tensor input)
    {
        if (!ValidateShape(input, 2))
        {
            throw new ArgumentException($"Expected [batch, {in_channels}, height, width] or [{in_channels}, height, width], received [{string.Join(", ", input.shape)}].", nameof(input));
        }

        if (Arithmetic.IsPortable && input.dim() == 3)
        {
            using Tensor batch = input.unsqueeze(0);
            using Tensor output = forward(batch);
            return output.squeeze(0);
        }

        if (Arithmetic.IsPortable && LargeBatch.IsTooLarge(input.size(0), ValuesOfSample(input)))
        {
            return LargeBatch.InHalves(input, forward);
        }

        return CanRunOwn(input) ? Run(_operation, input) : OfTorch(input, weight, bias);
    }

    /// <summary>Returns <c>relu(call(input))</c>, as one operation with the same bits if Regimen computes the layer and no hook has to see its output.</summary>
    /// <param name="hooks">The layer's hooks.</param>
    /// <param name="input">The images <c>[batch, inputs, height, width]</c>.</param>
    internal Tensor CallAndRectify(ModuleHooks hooks, Tensor input) => CanRunFused(hooks, input) ? Run(_rectified, input) : Relu.After(hooks, call(input));

    /// <summary>Returns <c>relu(max_pool2d(call(input), side))</c>, as one operation with the same bits and a contiguous output if Regimen computes the layer and no hook has
    /// to see its output.</summary>
    /// <param name="hooks">The layer's hooks.</param>
    /// <param name="input">The images <c>[batch, inputs, height, width]</c>.</param>
    /// <param name="side">The height and width of a window, and the distance between two.</param>
    internal Tensor CallPoolAndRectify(ModuleHooks hooks, Tensor input, int side)
    {
        bool isFused = side <= MaxWindows.LargestSide && CanRunFused(hooks, input) && ShapeOn(input) is var shape && Math.Min(shape.OutputHeight, shape.OutputWidth) >= side;
        return isFused ? Run(new ConvolutionOperation(this, rectifies: true, side), input) : nn.functional.max_pool2d(call(input), side).relu_();
    }

    /// <summary>Computes the output with libtorch.</summary>
    internal Tensor OfTorch(Tensor input, Tensor ofWeight, Tensor? ofBias) => nn.functional.conv2d(input, ofWeight, ofBias, stride, padding, dilation, groups);

    /// <summary>Returns the sizes of the convolution of a batch.</summary>
    internal ConvolutionShape ShapeOn(Tensor input) => new(
        (int)input.size(0), ((int)input.size(2), (int)input.size(3)), (int)in_channels, (int)out_channels, Ints(kernel_size), Ints(stride), Ints(padding!), Ints(dilation), (int)groups);

    private bool CanRunFused(ModuleHooks hooks, Tensor input) => !hooks.Any && input.dim() == 4 && input.size(1) == in_channels && CanRunOwn(input);

    private bool CanRunOwn(Tensor input)
        => Arithmetic.IsPortable && Fits(input) && (bias is { } own ? ImageOperation.CanRun(input, weight, own) : ImageOperation.CanRun(input, weight));

    private Tensor Run(ConvolutionOperation operation, Tensor input)
        => bias is { } added ? FusedFunction.Run(operation, input, weight, added) : FusedFunction.Run(operation, input, weight);

    /// <summary>Whether the image is not smaller than the kernel, the parameters are in their own shape and order, and no size is too large. Otherwise
    /// libtorch computes, or says what is wrong.</summary>
    private bool Fits(Tensor input)
    {
        for (int i = 0; i < 2; i++)
        {
            if (input.size(i + 2) + (2 * padding![i]) < (dilation[i] * (kernel_size[i] - 1)) + 1)
            {
                return false;
            }
        }

        return weight.is_contiguous() && bias?.is_contiguous() != false && weight.numel() < int.MaxValue && input.size(0) * ValuesOfSample(input) < LargeBatch.MostValues;
    }

    /// <summary>Returns the number of values of an image, or of its pixels with the padding if there are more.</summary>
    private long ValuesOfSample(Tensor input)
        => Math.Max(input.size(1) * input.size(2) * input.size(3), (input.size(2) + (2 * padding![0])) * (input.size(3) + (2 * padding[1])));

    private static (int, int) Ints(long[] sizes) => ((int)sizes[0], (int)sizes[1]);
}
