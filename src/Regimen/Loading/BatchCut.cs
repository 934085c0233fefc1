using Regimen.Data;

namespace Regimen.Loading;

/// <summary>How an epoch's samples are cut into batches.</summary>
/// <param name="BatchSize">The number of samples in a batch.</param>
/// <param name="DropLast">Whether a last batch with fewer samples is left out.</param>
/// <param name="Key">The config key of the size.</param>
internal readonly record struct BatchCut(int BatchSize, bool DropLast, string Key)
{
    private const string TrainingKey = "loader.batch_size";

    public static BatchCut ForTraining(LoaderOptions options) => new(options.WholeBatchSize, options.DropLast, KeyOf(options));

    public static BatchCut ForEvaluation(LoaderOptions options, int samples)
        => new(Math.Max(1, Math.Min(options.EvalBatchSize, samples)), DropLast: false, "loader.eval_batch_size");

    /// <summary>Adds the problems of training on a data set in such batches. As a batch is never larger than the set, at least one batch remains
    /// when the last one is dropped.</summary>
    public static void CheckTraining(IDataset dataset, LoaderOptions options, List<Problem> problems)
    {
        if (dataset.Count == 0)
        {
            problems.Add(new Problem("The training set is empty") { Expected = "at least one training sample", Received = "none" });
        }
        else if (options.WholeBatchSize > dataset.Count)
        {
            problems.Add(new Problem("A batch is larger than the training set")
            {
                Where = KeyOf(options),
                Expected = $"at most {dataset.Count} (the training samples)",
                Received = $"{options.WholeBatchSize}",
                Hint = $"Lower {KeyOf(options)}, or leave it out: the default is at most the size of the set.",
            });
        }
    }

    private static string KeyOf(LoaderOptions options) => options.GlobalBatchSize is null ? TrainingKey : "loader.global_batch_size";

    /// <summary>Returns the number of batches for a number of samples.</summary>
    public int Batches(int samples) => (samples / BatchSize) + (!DropLast && samples % BatchSize > 0 ? 1 : 0);
}
