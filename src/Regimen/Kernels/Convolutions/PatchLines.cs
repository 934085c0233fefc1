namespace Regimen.Kernels;

/// <summary>Patches as rows of A without a copy of each: the values of a patch are a segment of each of the image's lines under it, and patches beside each other begin one pixel
/// further. An image with values outside of it is copied once, with zeros around.</summary>
internal static unsafe class PatchLines
{
    // A tile reads and writes its sums for each segment.
    private const int ShortestSegment = 32;

    /// <summary>Whether the patches can be read so, with a copy of at most <see cref="PackedRows.Length"/> values.</summary>
    public static bool Fits(in Patches patches)
        => patches.Offset == 0 && (patches.TapStepX == 1 || patches.TapsX == 1) && patches.TapsX * patches.Channels >= ShortestSegment
            && (IsInside(patches) || MostLines(patches) > 0);

    /// <summary>Finds as many rows as one block has, at most.</summary>
    /// <param name="patches">The patches.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">The number of rows that are left.</param>
    /// <param name="memory">Memory for <see cref="PackedRows.Length"/> values.</param>
    /// <returns>Where the rows are, and their number.</returns>
    public static (RowsOfA Rows, int Count) Find(in Patches patches, int row, int rows, float* memory)
    {
        bool isInside = IsInside(patches);
        int first = patches.First + row;
        int inImage = patches.Rows * patches.Columns;
        int image = first / inImage;
        int end = first + Math.Min(rows, PackedRows.Most);
        int lastLine = end / patches.Columns * patches.Columns;
        end = lastLine > first ? lastLine : end;
        if (!isInside)
        {
            end = Math.Min(end, EndOfCopy(patches, first));
        }

        (int width, int height) = (isInside ? patches.Width : LineWidth(patches), isInside ? patches.Height : Lines(patches));
        nint line = (nint)width * patches.Channels;
        float* start = isInside ? patches.Values + (image * height * line) + (patches.StartY * line) + ((nint)patches.StartX * patches.Channels) : Copy(patches, first, end, memory);
        var found = new RowsOfA(start, (nint)patches.StepX * patches.Channels, 1, patches.Columns, patches.StepY * line)
        {
            Groups = patches.Rows,
            ImageStep = height * line,
            First = first - (image * inImage),
            Segment = patches.TapsX * patches.Channels,
            SegmentStep = patches.TapStepY * line,
        };
        return (found, end - first);
    }

    /// <summary>Returns the first row after those whose images, or whose lines of one image, the copy has room for.</summary>
    private static int EndOfCopy(in Patches patches, int first)
    {
        int inImage = patches.Rows * patches.Columns;
        int images = PackedRows.Length / (Lines(patches) * LineWidth(patches) * patches.Channels);
        return images > 0
            ? (int)Math.Min(int.MaxValue, ((first / inImage) + (long)images) * inImage)
            : Math.Min(((first / patches.Columns) + MostLines(patches)) * patches.Columns, ((first / inImage) + 1) * inImage);
    }

    /// <summary>Copies the lines of the images that some rows need.</summary>
    /// <returns>The place of the first line of the first image, which is before the copy if that line is not needed.</returns>
    private static float* Copy(in Patches patches, int first, int end, float* memory)
    {
        (int width, int height) = (LineWidth(patches), Lines(patches));
        nint line = (nint)width * patches.Channels;
        int firstLine = first / patches.Columns;
        int lastLine = (end - 1) / patches.Columns;
        int firstImage = firstLine / patches.Rows;
        nint origin = (nint)(firstLine % patches.Rows * patches.StepY) * line;
        for (int image = firstImage; image <= lastLine / patches.Rows; image++)
        {
            int from = image == firstImage ? firstLine % patches.Rows * patches.StepY : 0;
            int to = image == lastLine / patches.Rows ? (lastLine % patches.Rows * patches.StepY) + ((patches.TapsY - 1) * patches.TapStepY) + 1 : height;
            for (int at = from; at < to; at++)
            {
                CopyLine(patches, image, at + patches.StartY, width, memory + ((((nint)(image - firstImage) * height) + at) * line) - origin);
            }
        }

        return memory - origin;
    }

    private static void CopyLine(in Patches patches, int image, int y, int width, float* to)
    {
        int channels = patches.Channels;
        if ((uint)y >= (uint)patches.Height)
        {
            new Span<float>(to, width * channels).Clear();
            return;
        }

        int before = Math.Clamp(-patches.StartX, 0, width);
        int count = Math.Clamp(patches.Width - patches.StartX, before, width) - before;
        new Span<float>(to, before * channels).Clear();
        new Span<float>(to + ((before + count) * channels), (width - before - count) * channels).Clear();
        float* from = patches.Values + (((((nint)image * patches.Height) + y) * patches.Width) + patches.StartX + before) * patches.PixelStride;
        to += before * channels;
        if (patches.PixelStride == channels)
        {
            new ReadOnlySpan<float>(from, count * channels).CopyTo(new Span<float>(to, count * channels));
            return;
        }

        for (int i = 0; i < count; i++, from += patches.PixelStride, to += channels)
        {
            new ReadOnlySpan<float>(from, channels).CopyTo(new Span<float>(to, channels));
        }
    }

    private static bool IsInside(in Patches patches)
        => patches.PixelStride == patches.Channels && Math.Min(patches.StartX, patches.StartY) >= 0
            && patches.StartX + LineWidth(patches) <= patches.Width && patches.StartY + Lines(patches) <= patches.Height;

    /// <summary>The number of pixels under the patches that are beside each other.</summary>
    private static int LineWidth(in Patches patches) => ((patches.Columns - 1) * patches.StepX) + patches.TapsX;

    /// <summary>The number of lines under the patches of an image.</summary>
    private static int Lines(in Patches patches) => ((patches.Rows - 1) * patches.StepY) + ((patches.TapsY - 1) * patches.TapStepY) + 1;

    /// <summary>The most lines of patches whose pixels the copy has room for.</summary>
    private static int MostLines(in Patches patches)
    {
        int lines = PackedRows.Length / (LineWidth(patches) * patches.Channels);
        int more = lines - ((patches.TapsY - 1) * patches.TapStepY) - 1;
        return more < 0 ? 0 : (more / patches.StepY) + 1;
    }
}
