using Regimen.Loading;
using Regimen.Ranks;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>Checks that a training can be shared out among the ranks of a job.</summary>
internal static class RanksCheck
{
    /// <summary>Returns the problems of training with several ranks.</summary>
    public static IEnumerable<Problem> Of(RankGroup? group, nn.Module model, TrainOptions options, DataLoader train)
    {
        if (group is null)
        {
            yield break;
        }

        if (train.Stream is not null)
        {
            yield return new Problem("A stream is read in one place, by one process")
            {
                Where = $"{group.Size} ranks",
                Expected = "a data set of samples that each rank can read",
                Hint = "Train on a stream with one process.",
            };
        }

        if (train.BatchSize < group.Size)
        {
            yield return new Problem("A batch has fewer samples than there are ranks")
            {
                Where = "loader.global_batch_size",
                Expected = $"at least {group.Size}, a sample for each rank",
                Received = $"{train.BatchSize}",
            };
        }

        if (!options.SyncBatchNorm || !SynchronisedBatchNorms.AreIn(model))
        {
            yield break;
        }

        if (train.SamplesIn(train.Batches - 1) < group.Size)
        {
            yield return new Problem("The last batch of an epoch has no sample for some ranks, which synchronised batch norm needs")
            {
                Where = "trainer.sync_batch_norm",
                Expected = "loader.drop_last=true, or another global batch size",
                Received = $"{train.SamplesIn(train.Batches - 1)} samples in the last batch, {group.Size} ranks",
            };
        }

        if (options.Precision != Precision.Fp32)
        {
            yield return new Problem("Synchronised batch norm computes in fp32") { Where = "trainer.precision", Expected = "fp32 with trainer.sync_batch_norm", Received = "bf16" };
        }
    }
}
