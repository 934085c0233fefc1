using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Regimen.Imaging;

/// <summary>Converts interleaved pixels of four bytes to one plane per channel.</summary>
internal static class PixelPlanes
{
    /// <summary>Converts to three planes of red, green and blue, or one plane of luma (ITU-R 601, rounded as in Pillow).</summary>
    /// <param name="rgba">The pixels, four bytes each.</param>
    /// <param name="planes">The output, one byte per pixel and channel.</param>
    /// <param name="channels">The number of channels: 1 or 3.</param>
    public static void FromRgba(ReadOnlySpan<byte> rgba, Span<byte> planes, int channels)
    {
        int area = rgba.Length / 4;
        if (channels == 1)
        {
            for (int i = 0; i < area; i++)
            {
                int luma = (rgba[4 * i] * 19595) + (rgba[(4 * i) + 1] * 38470) + (rgba[(4 * i) + 2] * 7471) + 0x8000;
                planes[i] = (byte)(luma >> 16);
            }

            return;
        }

        for (int channel = 0; channel < 3; channel++)
        {
            Plane(rgba, planes.Slice(channel * area, area), channel);
        }
    }

    /// <summary>Finds the index of the first pixel that is not opaque; −1 if there is none.</summary>
    public static int FirstTransparent(ReadOnlySpan<byte> rgba)
    {
        ReadOnlySpan<uint> pixels = MemoryMarshal.Cast<byte, uint>(rgba);
        for (int i = 0; i < pixels.Length; i++)
        {
            if (pixels[i] < 0xFF000000)
            {
                return i;
            }
        }

        return -1;
    }

    private static void Plane(ReadOnlySpan<byte> rgba, Span<byte> plane, int channel)
    {
        ref uint pixels = ref Unsafe.As<byte, uint>(ref MemoryMarshal.GetReference(rgba));
        ref byte to = ref MemoryMarshal.GetReference(plane);
        int shift = 8 * channel;
        int i = 0;
        for (; i + Vector256<byte>.Count <= plane.Length; i += Vector256<byte>.Count)
        {
            Vector256<ushort> low = Narrow(ref pixels, i, shift);
            Vector256<ushort> high = Narrow(ref pixels, i + 16, shift);
            Vector256.Narrow(low, high).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < plane.Length; i++)
        {
            plane[i] = rgba[(4 * i) + channel];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Narrow(ref uint pixels, int at, int shift)
    {
        Vector256<uint> mask = Vector256.Create(0xFFu);
        Vector256<uint> a = (Vector256.LoadUnsafe(ref pixels, (nuint)at) >> shift) & mask;
        Vector256<uint> b = (Vector256.LoadUnsafe(ref pixels, (nuint)at + 8) >> shift) & mask;
        return Vector256.Narrow(a, b);
    }
}
