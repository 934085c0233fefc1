using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Kernels;

/// <summary>Copies a block of a matrix of patches.</summary>
/// <remarks>Patches of neighbouring positions come from neighbouring places of the same line of an image. So the outer loop is over the lines that the
/// patches take from, the next over the lines of positions.</remarks>
internal static unsafe class PackedPatches<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int Quad = 4;

    /// <summary>Copies some values of consecutive rows.</summary>
    /// <param name="patches">The matrix.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="at">The first value of each row.</param>
    /// <param name="count">The number of values of each row.</param>
    /// <param name="to">The copy.</param>
    /// <param name="stride">The distance between two of its rows.</param>
    public static void Copy(in Patches patches, int row, int rows, int at, int count, float* to, nint stride)
    {
        at += patches.Offset;
        int lineLength = patches.TapsX * patches.Channels;
        int line = at / lineLength;
        int start = at % lineLength;
        for (int done = 0; done < count; line++, start = 0)
        {
            int length = Math.Min(count - done, lineLength - start);
            CopyLine(patches, row, rows, line, start, length, to + done, stride, hasRoom: done + Quad <= stride);
            done += length;
        }
    }

    /// <summary>Copies those values of consecutive rows that come from one line of the kernel.</summary>
    private static void CopyLine(in Patches patches, int row, int rows, int line, int start, int length, float* to, nint stride, bool hasRoom)
    {
        bool isDense = patches.PixelStride == patches.Channels && patches.TapStepX == 1;
        int position = patches.First + row;
        int x = position % patches.Columns;
        int y = position / patches.Columns % patches.Rows;
        float* image = patches.Values + ((nint)(position / patches.Columns / patches.Rows) * patches.Height * patches.Width * patches.PixelStride);
        while (rows > 0)
        {
            int count = Math.Min(rows, patches.Columns - x);
            int pixelY = (y * patches.StepY) + patches.StartY + (line * patches.TapStepY);
            int pixelX = (x * patches.StepX) + patches.StartX;
            float* from = image + ((nint)pixelY * patches.Width * patches.PixelStride);
            if ((uint)pixelY >= (uint)patches.Height)
            {
                ClearRows(length, count, to, stride);
            }
            else if (isDense && length < Quad && hasRoom)
            {
                CopyShort(from, patches.Width * patches.Channels, (pixelX * patches.Channels) + start, patches.StepX * patches.Channels, length, count, to, stride);
            }
            else if (isDense)
            {
                CopyDense(from, patches.Width * patches.Channels, (pixelX * patches.Channels) + start, patches.StepX * patches.Channels, length, count, to, stride);
            }
            else
            {
                for (int i = 0; i < count; i++)
                {
                    CopyTaps(patches, from, pixelX + (i * patches.StepX), start, length, to + (i * stride));
                }
            }

            to += count * stride;
            rows -= count;
            x = 0;
            if (++y == patches.Rows)
            {
                y = 0;
                image += (nint)patches.Height * patches.Width * patches.PixelStride;
            }
        }
    }

    /// <summary>Copies consecutive values of an image's line, for positions in one line; 0 where there are none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyDense(float* line, int width, int start, int step, int length, int count, float* to, nint stride)
    {
        int whole = length & ~(TLanes.Count - 1);
        for (; count > 0; count--, start += step, to += stride)
        {
            if (start < 0 || start + length > width)
            {
                CopyAtBorder(line, width, start, length, to);
                continue;
            }

            float* from = line + start;
            int at = 0;
            for (; at < whole; at += TLanes.Count)
            {
                TLanes.Store(TLanes.Load(from + at), to + at);
            }

            if (at < length)
            {
                TLanes.StoreFirst(TLanes.LoadFirst(from + at, length - at), to + at, length - at);
            }
        }
    }

    /// <summary>Copies fewer than four values of each position, as four: the surplus values are overwritten, or lie between two rows of the copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyShort(float* line, int width, int start, int step, int length, int count, float* to, nint stride)
    {
        for (; count > 0; count--, start += step, to += stride)
        {
            if (start >= 0 && start + Quad <= width)
            {
                Vector128.Load(line + start).Store(to);
            }
            else
            {
                CopyAtBorder(line, width, start, length, to);
            }
        }
    }

    private static void CopyAtBorder(float* line, int width, int start, int length, float* to)
    {
        int before = Math.Clamp(-start, 0, length);
        int after = Math.Clamp(start + length - width, 0, length);
        var values = new Span<float>(to, length);
        values[..before].Clear();
        values[(length - after)..].Clear();
        if (before + after < length)
        {
            new ReadOnlySpan<float>(line + start + before, length - before - after).CopyTo(values[before..]);
        }
    }

    private static void CopyTaps(in Patches patches, float* line, int x, int start, int length, float* to)
    {
        int tap = start / patches.Channels;
        int channel = start % patches.Channels;
        while (length > 0)
        {
            int count = Math.Min(length, patches.Channels - channel);
            int pixel = x + (tap * patches.TapStepX);
            var values = new Span<float>(to, count);
            if ((uint)pixel < (uint)patches.Width)
            {
                new ReadOnlySpan<float>(line + ((nint)pixel * patches.PixelStride) + channel, count).CopyTo(values);
            }
            else
            {
                values.Clear();
            }

            to += count;
            length -= count;
            channel = 0;
            tap++;
        }
    }

    private static void ClearRows(int length, int rows, float* to, nint stride)
    {
        for (int i = 0; i < rows; i++)
        {
            new Span<float>(to + (i * stride), length).Clear();
        }
    }
}
