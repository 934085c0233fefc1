using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>Keeps the memory of a tensor for as long as the ranks exchange it.</summary>
internal static class ExchangedMemory
{
    private static readonly List<Tensor> Abandoned = [];

    /// <summary>Makes an exchange. If it fails, MPI may still read and write the memory, so it is kept until the process ends.</summary>
    /// <param name="memory">The tensor whose memory is exchanged.</param>
    /// <param name="exchange">The exchange.</param>
    public static TResult During<TResult>(Tensor memory, Func<TResult> exchange)
    {
        try
        {
            return exchange();
        }
        catch (Exception exception) when (exception is WorkFailedException or OperationCanceledException)
        {
            lock (Abandoned)
            {
                Abandoned.Add(memory.alias().DetachFromDisposeScope());
            }

            throw;
        }
    }
}
