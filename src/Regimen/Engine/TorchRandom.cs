using Regimen.Reproducibility;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>libtorch's default generator, from which layers draw their first values and dropout its masks. It is set anew from
/// (seed, purpose, epoch, step) each time, so its state is never saved and never depends on what was drawn before.</summary>
/// <remarks>A process has one such generator, and libtorch's operations take no other: two trainings at once would draw from each other's.</remarks>
public static class TorchRandom
{
    private static readonly Lock Gate = new();
    private static Claimed? _claimed;

    /// <summary>Takes the generator for one training, until what is returned is disposed.</summary>
    /// <param name="model">What is trained.</param>
    /// <exception cref="RequestException">Another training of this process has it.</exception>
    internal static Claimed Claim(nn.Module model)
    {
        lock (Gate)
        {
            return _claimed is not { } other
                ? _claimed = new Claimed(model, Environment.CurrentManagedThreadId)
                : throw new RequestException(new Problem(other.Model == model
                    ? "This model is being trained already"
                    : "Another training is running in this process, and the two would draw each other's random numbers")
                {
                    Where = model.GetType().Name,
                    Expected = "one training at a time in a process: libtorch has one generator of random numbers",
                    Received = $"a second one while {other.Model.GetType().Name} is trained",
                    Hint = "Wait until the first has ended, or train in another process.",
                });
        }
    }

    /// <summary>For the making of a model: call it right before its constructor.</summary>
    /// <exception cref="RequestException">A training is running on another thread, whose random numbers the model would draw.</exception>
    public static void SeedInitialization(ulong seed)
    {
        lock (Gate)
        {
            if (_claimed is { } other && other.Thread != Environment.CurrentManagedThreadId)
            {
                throw new RequestException(new Problem("A training is running in this process, and a model made now would take its random numbers")
                {
                    Expected = "a model that is made before, or after",
                    Received = $"{other.Model.GetType().Name} in training on another thread",
                    Hint = "Wait until it has ended, or make the model in another process.",
                });
            }
        }

        Seed(RandomStream.Seed(seed, RandomPurpose.Initialization));
    }

    /// <summary>For one training step.</summary>
    public static void SeedStep(ulong seed, int epoch, long step) => Seed(RandomStream.Seed(seed, RandomPurpose.Dropout, epoch, step));

#pragma warning disable RS0030 // The one place that may set the default generator.
    // The generator that comes back is a handle of its own, with a finaliser: thousands of them would pile up.
    private static void Seed(ulong seed) => random.manual_seed(unchecked((long)seed)).Dispose();
#pragma warning restore RS0030

    /// <summary>The generator in the hands of one training.</summary>
    internal sealed record Claimed(nn.Module Model, int Thread) : IDisposable
    {
        /// <summary>Gives it back.</summary>
        public void Dispose()
        {
            lock (Gate)
            {
                _claimed = null;
            }
        }
    }
}
