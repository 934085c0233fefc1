using Regimen.Data;

namespace Regimen.Loading;

/// <summary>How large batches may be, and how many are held at once.</summary>
internal static class BatchMemory
{
    /// <summary>Bytes of one field of a batch: memory of a tensor is seen from .NET through lengths of 32 bits.</summary>
    private const long LargestField = int.MaxValue;

    /// <summary>Bytes of all batches together, where nothing is said.</summary>
    private const long Usual = 256 << 20;

    /// <summary>Refuses batches that no tensor could hold.</summary>
    /// <exception cref="RequestException">They are too large.</exception>
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

    /// <summary>Batches to hold at once: the one that is read and those that are ready ahead.</summary>
    public static int Buffers(LoaderOptions options, IReadOnlyList<Field> fields, int batchSize, int batches)
    {
        if (options.Workers == 0 || batches <= 1)
        {
            return 1;
        }

        int ahead = options.Prefetch ?? (int)Math.Clamp(Usual / (fields.Sum(f => f.Bytes) * batchSize), 1, (2 * options.Workers) + 3);
        return Math.Min(batches, ahead + 1);
    }
}
