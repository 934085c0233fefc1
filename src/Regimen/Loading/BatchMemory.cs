using Regimen.Data;

namespace Regimen.Loading;

/// <summary>Limits the size of batches and the number that is held in memory at once.</summary>
internal static class BatchMemory
{
    /// <summary>The maximum size of one field of a batch in bytes; .NET accesses the memory of a tensor with 32-bit lengths.</summary>
    private const long LargestField = int.MaxValue;

    /// <summary>The maximum size of all batches together in bytes, unless the number is set.</summary>
    private const long DefaultTotal = 256 << 20;

    /// <summary>Refuses batches that are too large for a tensor.</summary>
    /// <exception cref="RequestException">A field of a batch is too large.</exception>
    public static void Check(IReadOnlyList<Field> fields, BatchCut cut)
    {
        if (fields.FirstOrDefault(f => f.Bytes * cut.BatchSize > LargestField) is { } field)
        {
            throw new RequestException(new Problem($"The field {field.Name} of a batch is larger than 2 GB")
            {
                Where = cut.Key,
                Expected = $"at most {LargestField / field.Bytes}, with samples of shape {field.Shape}",
                Received = $"{cut.BatchSize}",
                Hint = $"Lower {cut.Key}.",
            });
        }
    }

    /// <summary>Returns the number of batches held at once: the one in use and those prefetched.</summary>
    public static int Buffers(LoaderOptions options, IReadOnlyList<Field> fields, int batchSize, int batches)
    {
        if (options.Workers == 0 || batches <= 1)
        {
            return 1;
        }

        int ahead = options.Prefetch ?? (int)Math.Clamp(DefaultTotal / (fields.Sum(f => f.Bytes) * batchSize), 1, (2 * options.Workers) + 3);
        return Math.Min(batches, ahead + 1);
    }
}
