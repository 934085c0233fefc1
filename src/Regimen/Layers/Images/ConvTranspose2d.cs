using Regimen.Engine;
using Regimen.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>A two-dimensional transposed convolution with zero padding. It has the parameter names, the initialisation and the results of
/// <c>torch.nn.ConvTranspose2d</c>; with <see cref="Bits.Portable"/> Regimen computes it, up to rounding with the same results, and draws its initial
/// values.</summary>
/// <remarks>The sums are defined in docs/decisions/0016-kernels.md. libtorch computes inputs that are not float32 on the CPU, and mixed
/// precision.</remarks>
public sealed class ConvTranspose2d : Convolution, IPortable
{
    private readonly TransposedConvolutionOperation _operation;

    /// <summary>Creates a layer. Its parameters are initialised as in PyTorch, from libtorch's default generator.</summary>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="kernel">The height and width of the kernel.</param>
    /// <param name="stride">The distance between the places that the kernel is added to for two neighbouring pixels of the input.</param>
    /// <param name="padding">The number of rows and columns that are cut off on each side of the output.</param>
    /// <param name="outputPadding">The number of rows and columns that the output has more, below and on the right; less than the stride.</param>
    /// <param name="dilation">The distance between two values of the kernel.</param>
    /// <param name="groups">The number of groups of channels that are not connected with each other.</param>
    /// <param name="hasBias">Whether the layer has a bias.</param>
    public ConvTranspose2d(
        long inputs, long outputs, long kernel, long stride = 1, long padding = 0, long outputPadding = 0, long dilation = 1, long groups = 1, bool hasBias = true)
        : this(inputs, outputs, (kernel, kernel), (stride, stride), (padding, padding), (outputPadding, outputPadding), (dilation, dilation), groups, hasBias)
    {
    }

    /// <summary>Creates a layer whose sizes differ down and along. Its parameters are initialised as in PyTorch, from libtorch's default generator.</summary>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="kernel">The height and width of the kernel.</param>
    /// <param name="stride">The distance between the places that the kernel is added to for two neighbouring pixels of the input, down and along.</param>
    /// <param name="padding">The number of rows above and below, and of columns on the left and right, that are cut off from the output.</param>
    /// <param name="outputPadding">The number of rows below and columns on the right that the output has more; less than the stride.</param>
    /// <param name="dilation">The distance between two values of the kernel, down and along.</param>
    /// <param name="groups">The number of groups of channels that are not connected with each other.</param>
    /// <param name="hasBias">Whether the layer has a bias.</param>
    public ConvTranspose2d(
        long inputs, long outputs, (long Height, long Width) kernel, (long Down, long Along) stride, (long Down, long Along) padding, (long Down, long Along) outputPadding,
        (long Down, long Along) dilation, long groups, bool hasBias)
        : base(
            nameof(ConvTranspose2d), inputs, outputs, [kernel.Height, kernel.Width], [stride.Down, stride.Along], [padding.Down, padding.Along], null,
            [dilation.Down, dilation.Along], true, [Checked(outputPadding.Down, stride.Down), Checked(outputPadding.Along, stride.Along)], groups, hasBias,
            TorchSharp.PaddingModes.Zeros)
    {
        _operation = new TransposedConvolutionOperation(this);
        if (Arithmetic.IsPortable)
        {
            InitialUniform.Fill(weight, bias, weight.numel() / inputs);
        }
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Computes <c>[batch, outputs, height, width]</c> from <c>[batch, inputs, height, width]</c>; the batch may be absent. The height is
    /// <c>(h − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1</c>, and the width likewise.</summary>
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

        // libtorch ends the process for some of them.
        (long height, long width) = (SizeOf(input, (int)input.dim() - 2), SizeOf(input, (int)input.dim() - 1));
        if (Math.Min(height, width) < 1)
        {
            throw new ArgumentException($"Expected images whose output has at least one pixel, received [{string.Join(", ", input.shape)}], whose output would be {height}×{width}.", nameof(input));
        }

        if (Arithmetic.IsPortable && input.dim() == 4 && LargeBatch.IsTooLarge(input.size(0), ValuesOfSample(input, height, width)))
        {
            return LargeBatch.InHalves(input, forward);
        }

        bool isOwn = Arithmetic.IsPortable && Fits(input, height, width) && (bias is { } own ? ImageOperation.CanRun(input, weight, own) : ImageOperation.CanRun(input, weight));
        return !isOwn ? OfTorch(input, weight, bias) : bias is { } added ? FusedFunction.Run(_operation, input, weight, added) : FusedFunction.Run(_operation, input, weight);
    }

    /// <summary>Computes the output with libtorch.</summary>
    internal Tensor OfTorch(Tensor input, Tensor ofWeight, Tensor? ofBias)
        => nn.functional.conv_transpose2d(input, ofWeight, ofBias, stride, padding, output_padding, dilation, groups);

    /// <summary>Returns the sizes of the convolution from this layer's output to its input: the one whose gradient this layer computes.</summary>
    internal ConvolutionShape ShapeOn(Tensor input) => new(
        (int)input.size(0), ((int)SizeOf(input, 2), (int)SizeOf(input, 3)), (int)out_channels, (int)in_channels, Ints(kernel_size), Ints(stride), Ints(padding!), Ints(dilation), (int)groups);

    /// <summary>Whether the parameters are in their own shape and order, and no size is too large. Otherwise libtorch computes, or says what is
    /// wrong.</summary>
    private bool Fits(Tensor input, long height, long width)
        => weight.is_contiguous() && bias?.is_contiguous() != false && weight.numel() < int.MaxValue
            && input.size(0) * ValuesOfSample(input, height, width) < LargeBatch.MostValues;

    /// <summary>Returns the largest of the numbers of values of an image, of an output, and of the output's pixels with the padding.</summary>
    private long ValuesOfSample(Tensor input, long height, long width)
        => Math.Max(input.size(-3) * input.size(-2) * input.size(-1), Math.Max(height * width * out_channels, (height + (2 * padding![0])) * (width + (2 * padding[1]))));

    /// <summary>Returns the height or width of the output.</summary>
    private long SizeOf(Tensor input, int dimension)
    {
        int side = dimension - (int)input.dim() + 2;
        return ((input.size(dimension) - 1) * stride[side]) - (2 * padding![side]) + (dilation[side] * (kernel_size[side] - 1)) + output_padding[side] + 1;
    }

    /// <summary>Refuses a padding of the output that the convolution back to the input would not have.</summary>
    private static long Checked(long outputPadding, long stride)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outputPadding);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(outputPadding, stride);
        return outputPadding;
    }

    private static (int, int) Ints(long[] sizes) => ((int)sizes[0], (int)sizes[1]);
}
