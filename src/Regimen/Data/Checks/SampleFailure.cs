namespace Regimen.Data;

/// <summary>Finds the sample of a batch that can't be prepared, and names it.</summary>
internal static class SampleFailure
{
    /// <summary>Returns the exception for a batch that can't be prepared: that of its first sample that also fails alone, with the origin of the
    /// sample.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="indices">The samples of the batch.</param>
    /// <param name="failure">The exception of preparing the whole batch.</param>
    /// <param name="prepareAlone">Prepares a single sample of the batch, by its position.</param>
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
                // It already names the sample.
                throw;
            }
            catch (Exception alone)
            {
                return Named(alone, dataset.Origin(indices[i]));
            }
        }

        // No sample fails alone: a temporary failure of a device, or too little memory.
        return Named(failure, $"a batch of {indices.Length} samples starting with {dataset.Origin(indices[0])}");
    }

    private static WorkFailedException Named(Exception failure, string origin)
    {
        if (failure is RequestException { Problems: [var problem, ..] })
        {
            return new WorkFailedException(problem with { Where = problem.Where ?? origin }, failure);
        }

        string firstLine = failure.Message.Split('\n')[0].TrimEnd();
        return new WorkFailedException(new Problem($"A sample can't be prepared: {firstLine}") { Where = origin }, failure);
    }
}
