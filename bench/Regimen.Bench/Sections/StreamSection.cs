using System.Diagnostics;
using System.Text;
using Regimen.Bench.Measuring;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Reproducibility;

namespace Regimen.Bench.Sections;

/// <summary>A data set of 2 GB that is read from the disk: the cost of its shuffled batches against the same samples in memory, and the
/// memory of the process.</summary>
internal static class StreamSection
{
    private const int Samples = 650_000;
    private const int Features = 784;

    public static void Run(Report report)
    {
        Threads.Use(1);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("regimen-bench");
        try
        {
            Write(folder.FullName);
            double before = Resident();
            var options = new Npy.Options
            {
                Root = folder.FullName,
                ValidationFraction = 0,
                Normalize = NpyNormalization.None,
            };
            DataSplits splits = Regimen.Datasets.Npy.Load(options, new DatasetContext(42));
            _ = DataFingerprint.Of(splits);
            using DataLoader disk = Loader(splits.Train);
            Epoch(disk, 1);
            double streamed = Resident() - before;
            ArrayDataset inMemory = InMemory(splits.Train);
            double whole = Resident() - before;
            using DataLoader memory = Loader(inMemory);
            report.Add(new Comparison("2 GB of npy read once and hashed", "the same set in memory", "MB more", null, [(streamed, whole)]));
            int epoch = 1;
            report.Add(Comparison.Measure(
                "64 × 784 floats from the disk", "the same set in memory", "µs/batch", null, report.Arguments.Pairs ?? 5, () => Epoch(disk, ++epoch), () => Epoch(memory, epoch)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static DataLoader Loader(IDataset data) => DataLoader.ForTraining(data, new LoaderOptions { Workers = 0 });

    private static double Epoch(DataLoader loader, int epoch)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (Batch _ in loader.Epoch(42, epoch))
        {
            // The batch is not used: only the cost of loading it is measured.
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / loader.Batches;
    }

    private static ArrayDataset InMemory(IDataset data)
    {
        var inputs = new float[(long)Samples * Features];
        using DataLoader loader = DataLoader.ForEvaluation(data, new LoaderOptions { Workers = 0 });
        long at = 0;
        foreach (Batch batch in loader.Epoch(0, 0))
        {
            ReadOnlySpan<float> rows = TensorMemory.Span<float>(batch.Input);
            rows.CopyTo(inputs.AsSpan((int)at, rows.Length));
            at += rows.Length;
        }

        return ArrayDataset.ForClassification(inputs, [.. data.Labels!], data.SampleShape, data.Classes);
    }

    private static void Write(string folder)
    {
        RandomStream random = RandomStream.For(1, RandomPurpose.Split);
        using (FileStream file = Begin(Path.Combine(folder, "x_train.npy"), "<f4", $"({Samples}, {Features})"))
        {
            var row = new float[Features];
            for (int sample = 0; sample < Samples; sample++)
            {
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] = (random.NextUInt64() >> 40) * (1f / (1 << 24));
                }

                file.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(row.AsSpan()));
            }
        }

        using FileStream labels = Begin(Path.Combine(folder, "y_train.npy"), "|u1", $"({Samples},)");
        labels.Write([.. Enumerable.Range(0, Samples).Select(i => (byte)(i % 10))]);
    }

    private static FileStream Begin(string path, string type, string shape)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}";
        header = header.PadRight(128 - 10 - 1) + "\n";
        FileStream file = File.Create(path, bufferSize: 1 << 20);
        file.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)(header.Length & 0xFF), (byte)(header.Length >> 8), .. Encoding.ASCII.GetBytes(header)]);
        return file;
    }

    /// <summary>Returns the resident memory of this process in megabytes, including mapped files.</summary>
    private static double Resident()
    {
        GC.Collect();
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }
}
