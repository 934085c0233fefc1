namespace Regimen.Kernels;

/// <summary>The three passes of a two-dimensional convolution as products with matrices of patches. Their bits are the same on every processor
/// and for every division of the outputs among threads.</summary>
/// <remarks>
/// Each result is a sum in chains as <see cref="LinearProducts"/> defines it, in this order of its products:
/// <list type="bullet">
/// <item>an output over (kernel row, kernel column, input channel), ascending, from the bias or 0. Where the kernel is outside of the image, the
/// products are with 0.</item>
/// <item>a weight's gradient over (sample, output row, output column), ascending, from what it is added to; with 0 in the same places.</item>
/// <item>an input's gradient over (kernel row, kernel column) descending, then the output channel ascending, from 0. Positions of the kernel that
/// don't reach the pixel because of the stride have no product; those that reach it from outside of the output have a product with 0. As the output of a
/// transposed convolution it starts from that one's bias.</item>
/// </list>
/// The memory of the arguments is not checked: its sizes are those of the <see cref="ConvolutionShape"/>.
/// </remarks>
internal static unsafe class ConvolutionProducts
{
    /// <summary>The rows of a block, whose patches stay in the second-level cache.</summary>
    public const int Block = PackedRows.Most;

    private const int MostTransposed = 27;

    /// <summary>Writes the outputs at some positions.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="x">The images.</param>
    /// <param name="weights">The weights of <see cref="PackedWeights.ForOutput"/>.</param>
    /// <param name="bias">The bias; null for none.</param>
    /// <param name="y">All outputs.</param>
    /// <param name="first">The first position.</param>
    /// <param name="count">The number of positions.</param>
    /// <param name="rectifies">Whether a ReLU follows.</param>
    /// <param name="width">The vectors to use; null for the widest.</param>
    public static void Forward(
        in ConvolutionShape shape, float* x, float* weights, float* bias, float* y, int first, int count, bool rectifies, VectorWidth? width = null)
    {
        for (int start = first; start < first + count; start += Block)
        {
            for (int group = 0; group < shape.Groups; group++)
            {
                Patches patches = PatchesOf(shape, x, group).From(start);
                LinearProducts.Run(
                    new ProductArguments
                    {
                        Rows = Math.Min(Block, first + count - start),
                        Columns = shape.GroupOutputs,
                        Depth = shape.Depth,
                        PatchesOfA = &patches,
                        B = weights + ((nint)group * shape.Depth * shape.GroupOutputs),
                        BStride = shape.GroupOutputs,
                        C = y + ((nint)start * shape.Outputs) + (group * shape.GroupOutputs),
                        CStride = shape.Outputs,
                        Bias = bias is null ? null : bias + (group * shape.GroupOutputs),
                        Rectifies = rectifies,
                    },
                    width);
            }
        }
    }

    /// <summary>Adds to the gradients of some weights of one group.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="x">The images.</param>
    /// <param name="gradient">The outputs' gradient.</param>
    /// <param name="weightGradient">The gradient in the order of <see cref="PackedWeights.ToPatches"/>.</param>
    /// <param name="group">The group.</param>
    /// <param name="outputs">The outputs of the group, first and number.</param>
    /// <param name="columns">The weights of each output, first and number.</param>
    /// <param name="width">The vectors to use; null for the widest.</param>
    public static void AddWeightGradient(
        in ConvolutionShape shape, float* x, float* gradient, float* weightGradient, int group, (int First, int Count) outputs, (int First, int Count) columns, VectorWidth? width = null)
    {
        Patches patches = PatchesOf(shape, x, group) with { Offset = columns.First };
        int first = (group * shape.GroupOutputs) + outputs.First;
        LinearProducts.Run(
            new ProductArguments
            {
                Rows = outputs.Count,
                Columns = columns.Count,
                Depth = shape.OutputPixels,
                A = gradient + first,
                AStride = shape.Outputs,
                AIsTransposed = true,
                PatchesOfB = &patches,
                C = weightGradient + ((nint)first * shape.Depth) + columns.First,
                CStride = shape.Depth,
                Accumulates = true,
            },
            width);
    }

    /// <summary>Whether <see cref="AddTransposedWeightGradient"/> is faster: for so few weights per output that they do not fill vectors.</summary>
    public static bool IsTransposedFaster(in ConvolutionShape shape) => shape.Groups == 1 && shape.Depth <= MostTransposed && shape.Outputs > shape.Depth;

    /// <summary>Adds to the gradients of the weights of some outputs, as <see cref="AddWeightGradient"/> does and with the same bits; vectors lie along outputs.</summary>
    /// <param name="shape">The sizes; one group.</param>
    /// <param name="x">The images.</param>
    /// <param name="gradient">The outputs' gradient.</param>
    /// <param name="weightGradient">The gradient <c>[(kernel row, kernel column, input), output]</c>.</param>
    /// <param name="first">The first output.</param>
    /// <param name="count">The number of outputs.</param>
    /// <param name="width">The vectors to use; null for the widest.</param>
    public static void AddTransposedWeightGradient(
        in ConvolutionShape shape, float* x, float* gradient, float* weightGradient, int first, int count, VectorWidth? width = null)
    {
        Patches patches = PatchesOf(shape, x, 0);
        LinearProducts.Run(
            new ProductArguments
            {
                Rows = shape.Depth,
                Columns = count,
                Depth = shape.OutputPixels,
                PatchesOfA = &patches,
                AIsTransposed = true,
                B = gradient + first,
                BStride = shape.Outputs,
                C = weightGradient + first,
                CStride = shape.Outputs,
                Accumulates = true,
            },
            width);
    }

    /// <summary>Writes a part of the input's gradient.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="gradient">The outputs' gradient.</param>
    /// <param name="weights">The weights of <see cref="PackedWeights.ForInput"/>.</param>
    /// <param name="inputGradient">The whole input's gradient.</param>
    /// <param name="part">The part, from 0: some of the pixels of each remainder by the stride.</param>
    /// <param name="parts">The number of parts.</param>
    /// <param name="scratch">Memory for <see cref="Block"/> pixels of a group, needed with a stride.</param>
    /// <param name="width">The vectors to use; null for the widest.</param>
    /// <param name="bias">What the sums of each input channel start from; null for 0.</param>
    public static void InputGradient(
        in ConvolutionShape shape, float* gradient, float* weights, float* inputGradient, int part, int parts, float* scratch, VectorWidth? width = null, float* bias = null)
    {
        for (int remainder = 0; remainder < shape.StrideY * shape.StrideX; remainder++)
        {
            (StridePhase down, StridePhase along) = InputPhases.Of(shape, remainder);
            int matrix = down.Taps * along.Taps * shape.GroupOutputs * shape.GroupInputs;
            long pixels = (long)shape.Batch * down.Pixels * along.Pixels;
            (int first, int end) = (Border(part), Border(part + 1));
            for (int start = first; start < end; start += Block)
            {
                for (int group = 0; group < shape.Groups; group++)
                {
                    InputBlock(shape, gradient, weights + ((nint)group * matrix), inputGradient, (down, along), (start, Math.Min(Block, end - start)), group, scratch, width,
                        bias is null ? null : bias + (group * shape.GroupInputs));
                }
            }

            weights += (nint)shape.Groups * matrix;

            // Parts begin at lines of pixels.
            int Border(int at) => at == parts ? (int)pixels : (int)(pixels * at / parts / Math.Max(1, along.Pixels) * along.Pixels);
        }
    }

    private static void InputBlock(
        in ConvolutionShape shape, float* gradient, float* weights, float* inputGradient, (StridePhase Down, StridePhase Along) phase, (int First, int Count) pixels, int group,
        float* scratch, VectorWidth? width, float* bias)
    {
        var patches = new Patches
        {
            Values = gradient + (group * shape.GroupOutputs),
            Height = shape.OutputHeight,
            Width = shape.OutputWidth,
            PixelStride = shape.Outputs,
            Channels = shape.GroupOutputs,
            Rows = phase.Down.Pixels,
            Columns = phase.Along.Pixels,
            First = pixels.First,
            StepY = 1,
            StepX = 1,
            StartY = phase.Down.Start,
            StartX = phase.Along.Start,
            TapsY = phase.Down.Taps,
            TapsX = phase.Along.Taps,
            TapStepY = phase.Down.Step,
            TapStepX = phase.Along.Step,
        };
        float* to = inputGradient + (group * shape.GroupInputs);
        bool isInPlace = shape.StrideY == 1 && shape.StrideX == 1;
        if (patches.Length > 0)
        {
            LinearProducts.Run(
                new ProductArguments
                {
                    Rows = pixels.Count,
                    Columns = shape.GroupInputs,
                    Depth = patches.Length,
                    PatchesOfA = &patches,
                    B = weights,
                    BStride = shape.GroupInputs,
                    C = isInPlace ? to + ((nint)pixels.First * shape.Inputs) : scratch,
                    CStride = isInPlace ? shape.Inputs : shape.GroupInputs,
                    Bias = bias,
                },
                width);
        }
        else
        {
            StartRows(scratch, pixels.Count, shape.GroupInputs, bias);
        }

        for (int i = 0; !isInPlace && i < pixels.Count; i++)
        {
            int position = pixels.First + i;
            nint x = phase.Along.First + (position % phase.Along.Pixels * (nint)shape.StrideX);
            nint y = phase.Down.First + (position / phase.Along.Pixels % phase.Down.Pixels * (nint)shape.StrideY);
            nint image = position / phase.Along.Pixels / phase.Down.Pixels;
            new ReadOnlySpan<float>(scratch + (i * shape.GroupInputs), shape.GroupInputs)
                .CopyTo(new Span<float>(to + (((((image * shape.Height) + y) * shape.Width) + x) * shape.Inputs), shape.GroupInputs));
        }
    }

    /// <summary>Writes sums without products: the bias, or 0.</summary>
    private static void StartRows(float* to, int rows, int columns, float* bias)
    {
        new Span<float>(to, rows * columns).Clear();
        for (int row = 0; row < rows && bias is not null; row++)
        {
            new ReadOnlySpan<float>(bias, columns).CopyTo(new Span<float>(to + (row * columns), columns));
        }
    }

    private static Patches PatchesOf(in ConvolutionShape shape, float* x, int group) => new()
    {
        Values = x + (group * shape.GroupInputs),
        Height = shape.Height,
        Width = shape.Width,
        PixelStride = shape.Inputs,
        Channels = shape.GroupInputs,
        Rows = shape.OutputHeight,
        Columns = shape.OutputWidth,
        StepY = shape.StrideY,
        StepX = shape.StrideX,
        StartY = -shape.PaddingY,
        StartX = -shape.PaddingX,
        TapsY = shape.KernelHeight,
        TapsX = shape.KernelWidth,
        TapStepY = shape.DilationY,
        TapStepX = shape.DilationX,
    };
}
