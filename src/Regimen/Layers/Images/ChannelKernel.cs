using Regimen.Engine;
using Regimen.Kernels;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Sums over the rows of a matrix <c>[rows, channels]</c> (<see cref="ChannelSums"/>), divided among the threads by blocks of rows, and added
/// in the order of the blocks.</summary>
internal static unsafe class ChannelKernel
{
    private const long SmallestPart = 32_768;

    /// <summary>Computes one block.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="to">The sums of the channels.</param>
    public delegate void Block(long row, int rows, float* to);

    /// <summary>Returns <c>Σ x</c> of each channel.</summary>
    public static double[] Sums(float* x, long rows, int channels)
        => Sum(rows, channels, (row, count, to) => ChannelSums.OfValues(x + (row * channels), count, channels, to));

    /// <summary>Returns the sums of all blocks.</summary>
    public static double[] Sum(long rows, int channels, Block block)
    {
        int blocks = (int)((rows + ChannelSums.Rows - 1) / ChannelSums.Rows);
        using Tensor partial = empty(blocks, channels);
        float* sums = TensorMemory.Pointer<float>(partial);
        int parts = Parts(rows, channels, blocks);
        Threads.Share(parts, part =>
        {
            for (int at = (int)((long)blocks * part / parts); at < (int)((long)blocks * (part + 1) / parts); at++)
            {
                long row = (long)at * ChannelSums.Rows;
                block(row, (int)Math.Min(ChannelSums.Rows, rows - row), sums + ((nint)at * channels));
            }
        });
        double[] total = new double[channels];
        for (int at = 0; at < blocks; at++)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                total[channel] += sums[((nint)at * channels) + channel];
            }
        }

        return total;
    }

    /// <summary>Runs work on ranges of rows on all threads.</summary>
    public static void Share(long rows, int channels, Action<long, long> work)
    {
        int parts = Parts(rows, channels, rows);
        Threads.Share(parts, part => work(rows * part / parts, rows * (part + 1) / parts));
    }

    private static int Parts(long rows, int channels, long most) => (int)Math.Clamp(Math.Min(rows * channels / SmallestPart, most), 1, Threads.Parts);
}
