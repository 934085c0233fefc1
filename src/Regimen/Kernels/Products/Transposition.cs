using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Regimen.Kernels;

/// <summary>Copies a matrix as its transpose.</summary>
internal static unsafe class Transposition
{
    private const int Block = 8;

    /// <summary>Writes <c>to[c, r] = from[r, c]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* from, nint fromStride, int rows, int columns, float* to, nint toStride)
    {
        int row = 0;
        if (Avx.IsSupported)
        {
            for (; row + Block <= rows; row += Block)
            {
                float* source = from + (row * fromStride);
                int column = 0;
                for (; column + Block <= columns; column += Block)
                {
                    Transpose(source + column, fromStride, to + (column * toStride) + row, toStride);
                }

                CopyValues(source + column, fromStride, Block, columns - column, to + (column * toStride) + row, toStride);
            }
        }

        CopyValues(from + (row * fromStride), fromStride, rows - row, columns, to + row, toStride);
    }

    private static void CopyValues(float* from, nint fromStride, int rows, int columns, float* to, nint toStride)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                to[(column * toStride) + row] = from[(row * fromStride) + column];
            }
        }
    }

    /// <summary>Transposes 8 rows of 8 values. Halves are joined by loads, which leaves two shuffles for each result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(float* from, nint stride, float* to, nint width)
    {
        TransposeHalf(from, stride, to, width);
        TransposeHalf(from + 4, stride, to + (4 * width), width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeHalf(float* from, nint stride, float* to, nint width)
    {
        Vector256<float> a = Join(from, 4 * stride);
        Vector256<float> b = Join(from + stride, 4 * stride);
        Vector256<float> c = Join(from + (2 * stride), 4 * stride);
        Vector256<float> d = Join(from + (3 * stride), 4 * stride);
        Vector256<float> lowOfAb = Avx.UnpackLow(a, b);
        Vector256<float> highOfAb = Avx.UnpackHigh(a, b);
        Vector256<float> lowOfCd = Avx.UnpackLow(c, d);
        Vector256<float> highOfCd = Avx.UnpackHigh(c, d);
        Avx.Shuffle(lowOfAb, lowOfCd, 0x44).Store(to);
        Avx.Shuffle(lowOfAb, lowOfCd, 0xEE).Store(to + width);
        Avx.Shuffle(highOfAb, highOfCd, 0x44).Store(to + (2 * width));
        Avx.Shuffle(highOfAb, highOfCd, 0xEE).Store(to + (3 * width));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Join(float* low, nint high) => Avx.InsertVector128(Vector128.Load(low).ToVector256Unsafe(), Vector128.Load(low + high), 1);
}
