using Regimen.Loading;

namespace Regimen.Training;

/// <summary>Checks the options of a training on a stream, whose length is a number of steps.</summary>
internal static class StreamCheck
{
    public static IEnumerable<Problem> Of(TrainOptions options, DataLoader train)
    {
        if (train.Stream is not { } data)
        {
            yield break;
        }

        if (options.MaxSteps is null)
        {
            yield return new Problem("A training on a stream needs a number of steps")
            {
                Where = $"TrainOptions.{nameof(TrainOptions.MaxSteps)}",
                Expected = "a number of steps, which takes the place of Epochs",
                Received = "null",
            };
        }

        if (options.LimitTrainBatches is { } limit)
        {
            yield return new Problem("The epochs of a stream have the length that its loader states")
            {
                Where = $"TrainOptions.{nameof(TrainOptions.LimitTrainBatches)}",
                Expected = $"null; set StreamOptions.{nameof(StreamOptions.BatchesPerEpoch)}",
                Received = $"{limit}",
            };
        }

        if (options.Average?.StatisticsFrom is not null && !data.Stream.Reopens)
        {
            yield return new Problem("This average reads training batches a second time, which this stream does not allow")
            {
                Where = $"TrainOptions.{nameof(TrainOptions.Average)}",
                Expected = "a stream that can be opened again: DataStream.From(fields, open), or no statistics of batch norms",
                Received = "DataStream.Once(fields, samples)",
            };
        }
    }
}
