namespace Regimen.Kernels;

/// <summary>The parts of an image whose gradients are computed as convolutions without a stride: one for each remainder of a pixel's place by the
/// stride.</summary>
internal static class InputPhases
{
    /// <summary>Returns the rows and the columns of a part.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="remainder">The part, below the product of the strides.</param>
    public static (StridePhase Down, StridePhase Along) Of(in ConvolutionShape shape, int remainder) =>
    (
        StridePhase.Of(remainder / shape.StrideX, shape.Height, shape.KernelHeight, shape.StrideY, shape.PaddingY, shape.DilationY),
        StridePhase.Of(remainder % shape.StrideX, shape.Width, shape.KernelWidth, shape.StrideX, shape.PaddingX, shape.DilationX)
    );
}
