using System.ComponentModel.DataAnnotations;

namespace Regimen.Loading;

/// <summary>How a data set is cut into batches.</summary>
public sealed record LoaderOptions
{
    private readonly Stated _batchSize = new(64, IsStated: false);

    /// <summary>Samples in a training batch; in a job of several ranks, of each rank. The default is limited to the size of the training set; a larger
    /// stated value is an error.</summary>
    [Range(1, 1_048_576)]
    public int BatchSize
    {
        get => _batchSize.Value;
        init => _batchSize = new(value, IsStated: true);
    }

    /// <summary>Whether the batch size was stated, so that it is not limited to the size of the training set.</summary>
    internal bool StatesBatchSize => _batchSize.IsStated;

    /// <summary>Samples in a training batch of all ranks of a job together, shared out evenly; null for batch_size of each. A run on several ranks records
    /// it, so that it has the same batches when it is resumed on another number of them.</summary>
    [Range(1, 1_048_576)]
    public int? GlobalBatchSize { get; init; }

    /// <summary>Samples in a training batch of all ranks together.</summary>
    internal int WholeBatchSize => GlobalBatchSize ?? BatchSize;

    /// <summary>Whether each epoch has its own random order, a function of seed and epoch; otherwise the order of the data set.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>How the samples of an epoch are selected; null for every sample once, in the order that <see cref="Shuffle"/> sets.</summary>
    public SamplerKind? Sampler { get; init; }

    /// <summary>For the weighted sampler: the relative probability of a sample of each class, in the order of the classes; 0 leaves a class
    /// out.</summary>
    [Range(0.0, double.MaxValue)]
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <summary>For the repeated sampler: how often each sample is drawn in succession, each time with another augmentation; null for 3.</summary>
    [Range(2, 64)]
    public int? Repeats { get; init; }

    /// <summary>Whether a last training batch with fewer samples is left out.</summary>
    public bool DropLast { get; init; }

    /// <summary>Above 0: each training batch is mixed with itself in another order (mixup), with a weight drawn from Beta(mixup, mixup). Targets
    /// become class probabilities, which objective=cross_entropy accepts.</summary>
    [Range(0.0, 100.0)]
    public double Mixup { get; init; }

    /// <summary>Above 0: a rectangle of each training image is replaced by that of another image of the batch (CutMix); the area that stays is drawn
    /// from Beta(cutmix, cutmix). With mixup too, each batch is mixed in one of the two ways, drawn with equal probability.</summary>
    [Range(0.0, 100.0)]
    public double Cutmix { get; init; }

    /// <summary>With mixup or cutmix: the fraction of the training batches that are mixed, drawn batch by batch; null for all.</summary>
    [Range(0.0, 1.0)]
    public double? MixFraction { get; init; }

    /// <summary>Samples in a batch of validation and test; may be larger than the set.</summary>
    [Range(1, 1_048_576)]
    public int EvalBatchSize { get; init; } = 1000;

    /// <summary>Threads that prepare batches ahead; 0 prepares them on the training thread. The training thread also prepares them if batches are
    /// plain copies of memory and the training uses every core. The content of batches does not depend on it.</summary>
    [Range(0, 256)]
    public int Workers { get; init; } = 1;

    /// <summary>Batches that may be prepared ahead; null for two per worker and three more, or fewer if they would take over 256 MB. The content of
    /// batches does not depend on it.</summary>
    [Range(1, 4096)]
    public int? Prefetch { get; init; }

    /// <summary>Whether images are stored with the channels last in memory, which makes convolutions on the CPU faster and changes results by
    /// rounding; null enables it if the model has convolutions and supports it, and the run's config.yaml records the choice.</summary>
    public bool? ChannelsLast { get; init; }

    /// <summary>Returns the options for a training set of this size: a default batch size is limited to the size of the set.</summary>
    internal LoaderOptions For(int samples) => _batchSize.IsStated || GlobalBatchSize is not null || samples < 1 || samples >= BatchSize ? this : this with { BatchSize = samples };

    /// <summary>A number, and whether it was set explicitly. Equality compares the numbers only.</summary>
    private readonly record struct Stated(int Value, bool IsStated)
    {
        public bool Equals(Stated other) => Value == other.Value;

        public override int GetHashCode() => Value;
    }
}

/// <summary>How the samples of an epoch are selected and ordered.</summary>
public enum SamplerKind
{
    /// <summary>Every sample once, each epoch in a new random order.</summary>
    Shuffled,

    /// <summary>Every sample once, in the order of the set.</summary>
    Sequential,

    /// <summary>Drawn with replacement, with the probability of the class's weight.</summary>
    Weighted,

    /// <summary>Every class equally often.</summary>
    ClassBalanced,

    /// <summary>A part of the samples, others in each epoch, each several times in succession with different augmentations.</summary>
    Repeated,

    /// <summary>Every sample once, each epoch in a new random order of batches whose samples have similar lengths.</summary>
    Bucket,
}
