namespace Regimen.Kernels;

/// <summary>The pixels along one side of an image whose index has the same remainder by the stride. The same positions of the kernel reach them, so
/// their gradients are a convolution without a stride.</summary>
/// <param name="First">The first pixel.</param>
/// <param name="Pixels">The number of pixels, one for each stride.</param>
/// <param name="Taps">The number of the kernel's positions that reach them.</param>
/// <param name="LastTap">The last of these positions.</param>
/// <param name="TapStep">The distance between two of these positions.</param>
/// <param name="Start">The output that the last position reaches from the first pixel.</param>
/// <param name="Step">The distance between the outputs of two of these positions.</param>
internal readonly record struct StridePhase(int First, int Pixels, int Taps, int LastTap, int TapStep, int Start, int Step)
{
    /// <summary>Returns the pixels with a remainder.</summary>
    public static StridePhase Of(int remainder, int size, int kernel, int stride, int padding, int dilation)
    {
        int pixels = remainder >= size ? 0 : ((size - remainder - 1) / stride) + 1;
        int divisor = Math.Min(stride, dilation);
        while (stride % divisor != 0 || dilation % divisor != 0)
        {
            divisor--;
        }

        int tapStep = stride / divisor;
        int last = kernel - 1;
        while (last >= 0 && (remainder + padding - (last * dilation)) % stride != 0)
        {
            last--;
        }

        return new(remainder, pixels, last < 0 ? 0 : (last / tapStep) + 1, last, tapStep, (remainder + padding - (last * dilation)) / stride, dilation / divisor);
    }
}
