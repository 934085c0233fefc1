using System.Globalization;
using Google.Protobuf;
using Tensorboard;

namespace Regimen.Tracking;

/// <summary>A picture for TensorBoard.</summary>
/// <param name="Width">The width in pixels.</param>
/// <param name="Height">The height in pixels.</param>
/// <param name="Png">The file.</param>
internal sealed record TensorBoardPicture(int Width, int Height, byte[] Png);

/// <summary>Texts, pictures and histograms as summaries.</summary>
internal static class TensorBoardSummaries
{
    // TensorBoard redraws histograms with 30 bars.
    private const int Bars = 30;

    /// <summary>A text, shown as Markdown.</summary>
    public static Summary.Types.Value Text(string tag, string markdown) => new()
    {
        Tag = tag,
        Metadata = new SummaryMetadata { PluginData = new() { PluginName = "text" }, DataClass = DataClass.Tensor },
        Tensor = new TensorProto { Dtype = DataType.DtString, TensorShape = new TensorShapeProto(), StringVal = { ByteString.CopyFromUtf8(markdown) } },
    };

    /// <summary>Pictures under one tag, side by side.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="pictures">The pictures; at least one.</param>
    /// <param name="description">What they show, in Markdown.</param>
    public static Summary.Types.Value Pictures(string tag, IReadOnlyList<TensorBoardPicture> pictures, string description) => new()
    {
        Tag = tag,
        Metadata = new SummaryMetadata { PluginData = new() { PluginName = "images" }, DataClass = DataClass.BlobSequence, SummaryDescription = description },

        // Width and height as texts, then the files.
        Tensor = new TensorProto
        {
            Dtype = DataType.DtString,
            TensorShape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dim { Size = pictures.Count + 2 } } },
            StringVal =
            {
                ByteString.CopyFromUtf8(pictures.Max(p => p.Width).ToString(CultureInfo.InvariantCulture)),
                ByteString.CopyFromUtf8(pictures.Max(p => p.Height).ToString(CultureInfo.InvariantCulture)),
                pictures.Select(p => ByteString.CopyFrom(p.Png)),
            },
        },
    };

    /// <summary>A histogram of 30 equal parts from the lowest to the highest value.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="values">The values; those that are not finite are left out.</param>
    public static Summary.Types.Value Histogram(string tag, ReadOnlySpan<float> values)
    {
        (double least, double most, double sum, double squares, int count) = (double.PositiveInfinity, double.NegativeInfinity, 0.0, 0.0, 0);
        foreach (float value in values)
        {
            if (float.IsFinite(value))
            {
                (least, most, sum, squares, count) = (Math.Min(least, value), Math.Max(most, value), sum + value, squares + ((double)value * value), count + 1);
            }
        }

        (least, most) = count == 0 ? (0, 0) : (least, most);
        var counts = new double[most > least ? Bars : 1];
        foreach (float value in values)
        {
            if (float.IsFinite(value))
            {
                counts[counts.Length == 1 ? 0 : Math.Min((int)((value - least) / (most - least) * Bars), Bars - 1)]++;
            }
        }

        var histogram = new HistogramProto { Min = least, Max = most, Num = count, Sum = sum, SumSquares = squares };
        histogram.Bucket.Add(counts);
        histogram.BucketLimit.Add(counts.Select((_, i) => i == counts.Length - 1 ? most : least + ((most - least) * (i + 1) / counts.Length)));
        return new Summary.Types.Value { Tag = tag, Histo = histogram };
    }
}
