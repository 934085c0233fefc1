using System.Runtime.CompilerServices;

namespace Regimen.Kernels;

/// <summary>Reorders the weights <c>[output, input, kernel row, kernel column]</c> of a convolution into the matrices of its products.</summary>
internal static unsafe class PackedWeights
{
    /// <summary>Writes for each group the matrix <c>[(kernel row, kernel column, input), output]</c>.</summary>
    public static void ForOutput(in ConvolutionShape shape, float* weights, float* to)
    {
        (int outputs, int inputs, int taps, int depth) = (shape.GroupOutputs, shape.GroupInputs, shape.Taps, shape.Depth);
        const int block = 8;
        float[] rented = new float[block * outputs];
        fixed (float* rows = rented)
        {
            for (int group = 0; group < shape.Groups; group++, weights += outputs * depth, to += outputs * depth)
            {
                for (int start = 0; start < depth; start += block)
                {
                    int count = Math.Min(block, depth - start);
                    Transposition.Copy(weights + start, depth, outputs, count, rows, outputs);
                    for (int i = 0; i < count; i++)
                    {
                        int row = ((start + i) % taps * inputs) + ((start + i) / taps);
                        new ReadOnlySpan<float>(rows + (i * outputs), outputs).CopyTo(new Span<float>(to + ((nint)row * outputs), outputs));
                    }
                }
            }
        }
    }

    /// <summary>Writes for each pair of phases and each group the matrix <c>[(kernel row, kernel column, output), input]</c> of the positions of the
    /// kernel that reach its pixels, in descending order of the positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ForInput(in ConvolutionShape shape, float* weights, float* to)
    {
        (int outputs, int inputs, int taps) = (shape.GroupOutputs, shape.GroupInputs, shape.Taps);
        for (int remainder = 0; remainder < shape.StrideY * shape.StrideX; remainder++)
        {
            (StridePhase down, StridePhase along) = InputPhases.Of(shape, remainder);
            for (int group = 0; group < shape.Groups; group++)
            {
                for (int y = 0; y < down.Taps; y++)
                {
                    for (int x = 0; x < along.Taps; x++)
                    {
                        int tap = ((down.LastTap - (y * down.TapStep)) * shape.KernelWidth) + along.LastTap - (x * along.TapStep);
                        float* from = weights + ((nint)group * outputs * inputs * taps) + tap;
                        for (int i = 0; i < outputs * inputs; i++, from += taps, to++)
                        {
                            *to = *from;
                        }
                    }
                }
            }
        }
    }

    /// <summary>Writes the weights in the order <c>[output, kernel row, kernel column, input]</c> of some outputs.</summary>
    public static void ToPatches(in ConvolutionShape shape, float* weights, float* to, int first, int count)
        => Transpose(shape, weights, to, first, count, shape.GroupInputs, shape.Taps);

    /// <summary>Writes the weights of some outputs in their own order, from that of <see cref="ToPatches"/>.</summary>
    public static void FromPatches(in ConvolutionShape shape, float* from, float* weights, int first, int count)
        => Transpose(shape, from, weights, first, count, shape.Taps, shape.GroupInputs);

    private static void Transpose(in ConvolutionShape shape, float* from, float* to, int first, int count, int rows, int columns)
    {
        for (int output = first; output < first + count; output++)
        {
            nint start = (nint)output * shape.Depth;
            Transposition.Copy(from + start, columns, rows, columns, to + start, rows);
        }
    }
}
