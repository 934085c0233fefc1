namespace Regimen.Data;

/// <summary>Finds which sample of a batch can't be prepared, and says so.</summary>
internal static class SampleFailure
{
    /// <summary>What a batch's failure is told as: the first of its samples that fails alone, too, by its origin and with its own
    /// words.</summary>
    /// <param name="dataset">Whose samples they are.</param>
    /// <param name="indices">The samples of the batch.</param>
    /// <param name="failure">What came out of preparing them together.</param>
    /// <param name="prepareAlone">Prepares a single sample of the batch, by its place in it.</param>
    public static WorkFailedException Of(IDataset dataset, ReadOnlySpan<int> indices, Exception failure, Action<int> prepareAlone)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            try
            {
                prepareAlone(i);
            }
            catch (WorkFailedException)
            {
                // It says what failed, and where.
                throw;
            }
            catch (Exception alone)
            {
                return Told(alone, dataset.Origin(indices[i]));
            }
        }

        // It passed now: a device that failed once, or memory that was short.
        return Told(failure, $"a batch of {indices.Length} that begins with {dataset.Origin(indices[0])}");
    }

    private static WorkFailedException Told(Exception failure, string origin)
    {
        if (failure is RequestException { Problems: [var problem, ..] })
        {
            return new WorkFailedException(problem with { Where = problem.Where ?? origin }, failure);
        }

        string firstLine = failure.Message.Split('\n')[0].TrimEnd();
        return new WorkFailedException(new Problem($"A sample can't be prepared: {firstLine}") { Where = origin }, failure);
    }
}
