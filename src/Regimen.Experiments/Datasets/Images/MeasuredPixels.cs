using Regimen.Data;
using Regimen.Transforms;

namespace Regimen.Datasets;

/// <summary>The mean and the standard deviation of the pixels of each channel, over the training images alone. Bytes are summed as whole numbers, so the
/// result is exact and does not depend on the order of the images.</summary>
internal static class MeasuredPixels
{
    private const int Together = 256;

    /// <summary>Returns the splits with their normalisation: by the stated numbers, or by the measured ones where they are null.</summary>
    /// <param name="splits">The splits, without a normalisation.</param>
    /// <param name="mean">The stated means; null to measure them; empty for no normalisation.</param>
    /// <param name="std">The stated deviations, likewise.</param>
    /// <param name="cancellationToken">Ends the measuring.</param>
    /// <exception cref="RequestException">The numbers do not match the channels, or a channel has one level only.</exception>
    public static DataSplits Normalize(DataSplits splits, IReadOnlyList<double>? mean, IReadOnlyList<double>? std, CancellationToken cancellationToken)
    {
        if (mean is null || std is null)
        {
            if (mean is { Count: 0 } || std is { Count: 0 })
            {
                throw new RequestException(new Problem("Only one of mean and deviation is measured, and the other one is not set")
                {
                    Where = "data.mean and data.std",
                    Expected = "auto for both, or numbers for the other one",
                });
            }

            (double[] means, double[] deviations) = Of(splits.Train, std is null, cancellationToken);
            (mean, std) = (mean ?? means, std ?? deviations);
            int channels = splits.Train.SampleShape.Channels;
            (mean, std) = (OfEach(mean, channels), OfEach(std, channels));
        }

        if (mean.Count == 0 && std.Count == 0)
        {
            return splits;
        }

        Normalize normalize = Checked(mean, std, splits.Train.SampleShape.Channels);
        return splits with { TrainTransforms = [normalize], EvalTransforms = [normalize] };
    }

    private static IReadOnlyList<double> OfEach(IReadOnlyList<double> values, int channels)
        => values.Count == 1 ? [.. Enumerable.Repeat(values[0], channels)] : values;

    private static Normalize Checked(IReadOnlyList<double> mean, IReadOnlyList<double> std, int channels)
    {
        bool fits = mean.Count == std.Count && (mean.Count == 1 || mean.Count == channels) && std.All(s => double.IsFinite(s) && s > 0);
        string count = channels == 1 ? "one of each" : $"one of each, or one for each of the {channels} channels";
        return fits ? new Normalize(mean, std) : throw new RequestException(new Problem("The means and standard deviations do not match the images")
        {
            Where = "data.mean and data.std",
            Expected = $"the same number of each: {count}; deviations above 0",
            Received = FormattableString.Invariant($"[{string.Join(", ", mean)}] and [{string.Join(", ", std)}]"),
        });
    }

    private static (double[] Mean, double[] Std) Of(IDataset images, bool needsDeviation, CancellationToken cancellationToken)
    {
        SampleShape shape = images.SampleShape;
        int area = shape.Elements / shape.Channels;
        ulong[] sums = new ulong[shape.Channels];
        ulong[] squares = new ulong[shape.Channels];
        using var buffer = new BatchBuffer(images.Fields, Math.Min(Together, images.Count));
        for (int first = 0; first < images.Count; first += Together)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] indices = [.. Enumerable.Range(first, Math.Min(Together, images.Count - first))];
            images.Gather(indices, ChannelScale.Identity, buffer);
            Add(buffer.Floats(Field.Input)[..(indices.Length * shape.Elements)], area, sums, squares);
        }

        UInt128 count = (UInt128)images.Count * (UInt128)area;
        double[] mean = [.. sums.Select(s => s / (255.0 * (double)count))];
        double[] std = [.. sums.Zip(squares, (sum, square) => Math.Sqrt((double)((count * square) - ((UInt128)sum * sum))) / (255.0 * (double)count))];
        return !needsDeviation || std.All(s => s > 0) ? (mean, std) : throw new RequestException(new Problem("All pixels of a channel have the same level")
        {
            Where = "data.std",
            Expected = "training images of different levels, or numbers instead of auto",
        });
    }

    /// <summary>Adds the levels of some images, whose values are bytes as numbers from 0 to 1.</summary>
    private static void Add(ReadOnlySpan<float> values, int area, ulong[] sums, ulong[] squares)
    {
        for (int plane = 0; plane * area < values.Length; plane++)
        {
            (ulong sum, ulong square) = (0, 0);
            foreach (float value in values.Slice(plane * area, area))
            {
                uint level = (uint)((value * 255f) + 0.5f);
                sum += level;
                square += level * level;
            }

            sums[plane % sums.Length] += sum;
            squares[plane % sums.Length] += square;
        }
    }
}
