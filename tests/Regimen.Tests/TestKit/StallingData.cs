using System.Globalization;
using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Datasets;

namespace Regimen.Tests.TestKit;

/// <summary>A small data set that blocks while a file exists, like a network folder that does not respond.</summary>
public static class StallingData
{
    public sealed record Options
    {
        /// <summary>The file; the data set blocks while it exists.</summary>
        public string File { get; init; } = "stall";

        /// <summary>Where it blocks: load, or the name of a part.</summary>
        public string At { get; init; } = "load";
    }

    [Dataset("stalling")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        context.CancellationToken.Register(() => Console.Out.WriteLine("asked to stop"));
        if (options.At == "load")
        {
            Stall(options);
        }

        return new DataSplits { Train = Part("train", 37, options), Validation = Part("val", 11, options), Test = Part("test", 13, options) };
    }

    private static Samples Part(string name, int count, Options options)
    {
        float[] inputs = [.. Enumerable.Range(0, 2 * count).Select(i => (float)Math.Sin(i))];
        return new(
            ArrayDataset.ForClassification(inputs, [.. Enumerable.Range(0, count).Select(i => i % 2)], new SampleShape(2), ["even", "odd"]),
            () => Stall(options.At == name ? options : options with { File = string.Empty }));
    }

    private static void Stall(Options options)
    {
        if (File.Exists(options.File))
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stalled at {options.At}"));
            SpinWait.SpinUntil(() => !File.Exists(options.File));
        }
    }

    /// <summary>A data set whose middle sample blocks when it is read.</summary>
    private sealed class Samples(ArrayDataset source, Action stall) : IDataset
    {
        public int Count => source.Count;

        public IReadOnlyList<Field> Fields => source.Fields;

        public SampleShape SampleShape => source.SampleShape;

        public IReadOnlyList<string> Classes => source.Classes;

        public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
        {
            if (indices.Contains(Count / 2))
            {
                stall();
            }

            source.Gather(indices, scale, into);
        }

        public void AppendTo(IncrementalHash hash) => source.AppendTo(hash);
    }
}
