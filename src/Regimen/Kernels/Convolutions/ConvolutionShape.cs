namespace Regimen.Kernels;

/// <summary>The sizes of a two-dimensional convolution. Images are <c>[batch, height, width, channels]</c> in memory.</summary>
internal readonly record struct ConvolutionShape
{
    /// <summary>Creates the sizes, and checks that they fit.</summary>
    /// <exception cref="ArgumentException">They do not fit.</exception>
    public ConvolutionShape(
        int batch, (int Height, int Width) image, int inputs, int outputs, (int Height, int Width) kernel, (int Y, int X) stride, (int Y, int X) padding, (int Y, int X) dilation, int groups)
    {
        (Batch, Height, Width, Inputs, Outputs, Groups) = (batch, image.Height, image.Width, inputs, outputs, groups);
        (KernelHeight, KernelWidth, StrideY, StrideX) = (kernel.Height, kernel.Width, stride.Y, stride.X);
        (PaddingY, PaddingX, DilationY, DilationX) = (padding.Y, padding.X, dilation.Y, dilation.X);
        if (Math.Min(Math.Min(Math.Min(batch, Height), Math.Min(Width, inputs)), Math.Min(outputs, groups)) < 1
            || Math.Min(Math.Min(KernelHeight, KernelWidth), Math.Min(Math.Min(StrideY, StrideX), Math.Min(DilationY, DilationX))) < 1
            || Math.Min(PaddingY, PaddingX) < 0 || inputs % groups != 0 || outputs % groups != 0)
        {
            throw new ArgumentException("The sizes of the convolution do not fit.");
        }

        OutputHeight = Out(Height, PaddingY, DilationY, KernelHeight, StrideY);
        OutputWidth = Out(Width, PaddingX, DilationX, KernelWidth, StrideX);
        if (Math.Min(OutputHeight, OutputWidth) < 1 || Math.Max((long)OutputHeight * OutputWidth, (long)Height * Width) * batch > int.MaxValue)
        {
            throw new ArgumentException("The image is smaller than the kernel, or there are too many positions.");
        }
    }

    public int Batch { get; }

    public int Height { get; }

    public int Width { get; }

    public int Inputs { get; }

    public int Outputs { get; }

    public int Groups { get; }

    public int KernelHeight { get; }

    public int KernelWidth { get; }

    public int StrideY { get; }

    public int StrideX { get; }

    public int PaddingY { get; }

    public int PaddingX { get; }

    public int DilationY { get; }

    public int DilationX { get; }

    public int OutputHeight { get; }

    public int OutputWidth { get; }

    /// <summary>The input channels of a group.</summary>
    public int GroupInputs => Inputs / Groups;

    /// <summary>The output channels of a group.</summary>
    public int GroupOutputs => Outputs / Groups;

    /// <summary>The number of positions of the kernel.</summary>
    public int Taps => KernelHeight * KernelWidth;

    /// <summary>The number of products in an output.</summary>
    public int Depth => Taps * GroupInputs;

    /// <summary>The number of pixels of all inputs.</summary>
    public int InputPixels => Batch * Height * Width;

    /// <summary>The number of pixels of all outputs.</summary>
    public int OutputPixels => Batch * OutputHeight * OutputWidth;

    /// <summary>The number of weights.</summary>
    public int Weights => Outputs * Depth;

    /// <summary>The number of multiply-adds of a pass.</summary>
    public long MultiplyAdds => (long)OutputPixels * Weights / Groups * Groups;

    private static int Out(int size, int padding, int dilation, int kernel, int stride)
    {
        long room = size + (2L * padding) - ((long)dilation * (kernel - 1)) - 1;
        return room < 0 ? 0 : (int)(room / stride) + 1;
    }
}
