using Regimen.Data;

namespace Regimen.Loading;

/// <summary>Where an epoch's samples are cut into batches.</summary>
/// <param name="BatchSize">Samples in a batch.</param>
/// <param name="DropLast">Whether a last one with fewer samples is left out.</param>
/// <param name="Key">The config's key for the size.</param>
internal readonly record struct BatchCut(int BatchSize, bool DropLast, string Key)
{
    private const string TrainingKey = "loader.batch_size";

    public static BatchCut ForTraining(LoaderOptions options) => new(options.BatchSize, options.DropLast, TrainingKey);

    public static BatchCut ForEvaluation(LoaderOptions options, int samples)
        => new(Math.Max(1, Math.Min(options.EvalBatchSize, samples)), DropLast: false, "loader.eval_batch_size");

    /// <summary>What keeps a set from being trained on in such batches. As a batch is never larger than the set, dropping the last one
    /// leaves one at least.</summary>
    public static void CheckTraining(IDataset dataset, LoaderOptions options, List<Problem> problems)
    {
        if (dataset.Count == 0)
        {
            problems.Add(new Problem("There is nothing to train on") { Expected = "at least one training sample", Received = "none" });
        }
        else if (options.BatchSize > dataset.Count)
        {
            problems.Add(new Problem("A batch is larger than the training set")
            {
                Where = TrainingKey,
                Expected = $"at most {dataset.Count} (the training samples)",
                Received = $"{options.BatchSize}",
                Hint = $"Lower {TrainingKey}, or leave it out: then a batch is at most the whole set.",
            });
        }
    }

    /// <summary>Batches of a set.</summary>
    public int Batches(int samples) => (samples / BatchSize) + (!DropLast && samples % BatchSize > 0 ? 1 : 0);
}
