using System.Diagnostics;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Engine;
using Regimen.Loading;

namespace Regimen.Bench.Workers;

/// <summary>A folder of images, decoded by the loader's workers in each epoch: every image once, in batches of 64.</summary>
internal static class ImagesWorker
{
    public static int Run(WorkOptions options)
    {
        Threads.Use(1);
        int workers = options.Number("workers", 1);
        var folder = new ImageFolder.Options { Root = options.Text("root", "."), Channels = 3, ValidationFraction = 0, MemoryMb = 0 };
        DataSplits data = ImageFolder.Load(folder, new DatasetContext(42));
        using DataLoader loader = DataLoader.ForTraining(data.Train, new LoaderOptions { Workers = workers }, data.TrainTransforms);
        int epoch = 0;
        return Worker.Answer(workers == 1 ? "(1 worker)" : $"({workers} workers)", () =>
        {
            long start = Stopwatch.GetTimestamp();
            int images = 0;
            foreach (Batch batch in loader.Epoch(42, ++epoch))
            {
                images += batch.Count;
            }

            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / images;
        });
    }
}
