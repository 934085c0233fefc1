namespace Regimen.Kernels;

/// <summary>A matrix that is not in memory: each row has the values of images under a kernel at one position, in the order (kernel row, kernel
/// column, channel); 0 outside of the image. Positions are numbered by (sample, y, x).</summary>
internal unsafe struct Patches
{
    /// <summary>The first value of the images: <c>[batch, height, width, …]</c>.</summary>
    public float* Values;

    /// <summary>The height of an image.</summary>
    public int Height;

    /// <summary>The width of an image.</summary>
    public int Width;

    /// <summary>The distance between two pixels in memory.</summary>
    public int PixelStride;

    /// <summary>The number of channels that are read.</summary>
    public int Channels;

    /// <summary>The number of positions below each other.</summary>
    public int Rows;

    /// <summary>The number of positions beside each other.</summary>
    public int Columns;

    /// <summary>The position of the matrix's first row.</summary>
    public int First;

    /// <summary>The value of each row that is the matrix's first.</summary>
    public int Offset;

    /// <summary>The distance between two positions below each other, in pixels.</summary>
    public int StepY;

    /// <summary>The distance between two positions beside each other, in pixels.</summary>
    public int StepX;

    /// <summary>The pixel row of the kernel's first value at the first position; negative with padding.</summary>
    public int StartY;

    /// <summary>The pixel column of the kernel's first value at the first position; negative with padding.</summary>
    public int StartX;

    /// <summary>The height of the kernel.</summary>
    public int TapsY;

    /// <summary>The width of the kernel.</summary>
    public int TapsX;

    /// <summary>The distance between two values of the kernel below each other, in pixels.</summary>
    public int TapStepY;

    /// <summary>The distance between two values of the kernel beside each other, in pixels.</summary>
    public int TapStepX;

    /// <summary>The number of values in a row.</summary>
    public readonly int Length => TapsY * TapsX * Channels;

    /// <summary>Returns the patches of the positions from <paramref name="first"/> on.</summary>
    public readonly Patches From(int first) => this with { First = First + first };

    /// <summary>Returns one value.</summary>
    public readonly float Value(int row, int at)
    {
        int position = First + row;
        at += Offset;
        int y = (position / Columns % Rows * StepY) + StartY + (at / Channels / TapsX * TapStepY);
        int x = (position % Columns * StepX) + StartX + (at / Channels % TapsX * TapStepX);
        return (uint)y < (uint)Height && (uint)x < (uint)Width
            ? Values[(((((nint)(position / Columns / Rows) * Height) + y) * Width) + x) * PixelStride + (at % Channels)]
            : 0;
    }
}
