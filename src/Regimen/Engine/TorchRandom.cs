using Regimen.Reproducibility;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Seeds libtorch's default generator, from which layers draw their initial values and dropout masks. It is seeded from
/// (seed, purpose, epoch, step) each time, so its state is never saved and never depends on earlier draws.</summary>
/// <remarks>A process has one default generator, and libtorch's operations use no other: two trainings at once would draw from the same one.</remarks>
public static class TorchRandom
{
    private static readonly Lock Gate = new();
    private static Claimed? _claimed;

    /// <summary>Reserves the generator for one training, until the returned object is disposed.</summary>
    /// <param name="model">The model being trained.</param>
    /// <exception cref="RequestException">Another training of this process uses it.</exception>
    internal static Claimed Claim(nn.Module model)
    {
        lock (Gate)
        {
            return _claimed is not { } other
                ? _claimed = new Claimed(model, Environment.CurrentManagedThreadId)
                : throw new RequestException(new Problem(other.Model == model
                    ? "This model is already being trained"
                    : "Another training is running in this process, and both would draw from the same random number generator")
                {
                    Where = model.GetType().Name,
                    Expected = "one training at a time per process, because libtorch has one random number generator",
                    Received = $"a second training while {other.Model.GetType().Name} is being trained",
                    Hint = "Wait until the first has ended, or train in another process.",
                });
        }
    }

    /// <summary>Seeds the generator for the initialisation of a model. Call it right before the model's constructor.</summary>
    /// <exception cref="RequestException">A training that uses the generator is running on another thread.</exception>
    public static void SeedInitialization(ulong seed)
    {
        lock (Gate)
        {
            if (_claimed is { } other && other.Thread != Environment.CurrentManagedThreadId)
            {
                throw new RequestException(new Problem("A training is running in this process, and a model created now would draw from its random number generator")
                {
                    Expected = "a model that is created before the training begins or after it ends",
                    Received = $"{other.Model.GetType().Name} in training on another thread",
                    Hint = "Wait until it has ended, or create the model in another process.",
                });
            }
        }

        Seed(RandomStream.Seed(seed, RandomPurpose.Initialization));
    }

    /// <summary>Seeds the generator for one training step.</summary>
    public static void SeedStep(ulong seed, int epoch, long step) => Seed(RandomStream.Seed(seed, RandomPurpose.Dropout, epoch, step));

    /// <summary>Seeds the generator for one training step of a rank: each has its own dropout masks, and rank 0 those of a single process.</summary>
    internal static void SeedStep(ulong seed, int epoch, long step, int rank)
        => SeedStep(rank == 0 ? seed : RandomStream.Seed(seed, RandomPurpose.Rank, 0, rank), epoch, step);

#pragma warning disable RS0030 // The only place that may seed the default generator.
// The returned generator is a new handle with a finaliser; without Dispose thousands of them would accumulate.
    private static void Seed(ulong seed) => random.manual_seed(unchecked((long)seed)).Dispose();
#pragma warning restore RS0030

    /// <summary>The reservation of the generator for one training.</summary>
    internal sealed record Claimed(nn.Module Model, int Thread) : IDisposable
    {
        /// <summary>Ends the reservation.</summary>
        public void Dispose()
        {
            lock (Gate)
            {
                _claimed = null;
            }
        }
    }
}
