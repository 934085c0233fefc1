using System.ComponentModel.DataAnnotations;

namespace Regimen.Loading;

/// <summary>How a data set is cut into batches.</summary>
public sealed record LoaderOptions
{
    private readonly Stated _batchSize = new(64, IsStated: false);

    /// <summary>Samples in a training batch. Where nothing is stated it is the whole set if that has fewer; a stated one may not be larger.</summary>
    [Range(1, 1_048_576)]
    public int BatchSize
    {
        get => _batchSize.Value;
        init => _batchSize = new(value, IsStated: true);
    }

    /// <summary>Whether each epoch has its own order, a function of seed and epoch; else the order of the data set.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Which training samples an epoch shows; null for every sample once, in the order that <see cref="Shuffle"/> says.</summary>
    public SamplerKind? Sampler { get; init; }

    /// <summary>For the weighted sampler: how likely a sample of each class is drawn against one of another class, in the classes'
    /// order; 0 leaves a class out.</summary>
    [Range(0.0, double.MaxValue)]
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <summary>Whether a last batch with fewer samples than the others is left out of training.</summary>
    public bool DropLast { get; init; }

    /// <summary>Above 0: each training batch is mixed with itself in another order (mixup), by a part drawn from Beta(mixup, mixup); targets
    /// become probabilities of the classes, which objective=cross_entropy takes.</summary>
    [Range(0.0, 100.0)]
    public double Mixup { get; init; }

    /// <summary>Samples in a batch of validation and test; it may be larger than the set.</summary>
    [Range(1, 1_048_576)]
    public int EvalBatchSize { get; init; } = 1000;

    /// <summary>Threads that prepare batches ahead; 0 prepares them in the training thread, which copies them itself where they lie in memory
    /// as they are and the training takes every core. Batches do not depend on it.</summary>
    [Range(0, 256)]
    public int Workers { get; init; } = 1;

    /// <summary>Batches that may be ready ahead; null for two a worker and three more, or fewer where they would take over 256 MB. Batches
    /// do not depend on it.</summary>
    [Range(1, 4096)]
    public int? Prefetch { get; init; }

    /// <summary>Whether images lie with the channels last in memory, which convolutions on the CPU are faster with, and which changes a
    /// result by rounding; null for where the model has convolutions and takes it, as the run's config.yaml then says.</summary>
    public bool? ChannelsLast { get; init; }

    /// <summary>The same for a training set of this size: a batch size that nobody stated is not larger than the set.</summary>
    internal LoaderOptions For(int samples) => _batchSize.IsStated || samples < 1 || samples >= BatchSize ? this : this with { BatchSize = samples };

    /// <summary>A number, and whether somebody chose it. Two are equal where the numbers are.</summary>
    private readonly record struct Stated(int Value, bool IsStated)
    {
        public bool Equals(Stated other) => Value == other.Value;

        public override int GetHashCode() => Value;
    }
}

/// <summary>Which samples an epoch shows, and how they are ordered.</summary>
public enum SamplerKind
{
    /// <summary>Every sample once, each epoch in an order of its own.</summary>
    Shuffled,

    /// <summary>Every sample once, in the order of the set.</summary>
    Sequential,

    /// <summary>Drawn with replacement, as likely as its class's weight says.</summary>
    Weighted,

    /// <summary>Every class equally often.</summary>
    ClassBalanced,
}
