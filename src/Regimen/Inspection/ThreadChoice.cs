using Regimen.Engine;

namespace Regimen.Inspection;

/// <summary>How many threads train a model, and who shares the work out among them.</summary>
/// <param name="Threads">At least 1.</param>
/// <param name="SharedBy">libtorch, or Regimen's layers: where these have nearly all of a model's work, they share it out with far less
/// waiting.</param>
public readonly record struct ThreadChoice(int Threads, SharedBy SharedBy)
{
    /// <summary>Multiply-adds of a batch's forward pass from which every core pays.</summary>
    public const long Large = 100_000_000;

    /// <summary>Multiply-adds of a batch's forward pass from which a second thread pays where layers share the work out.</summary>
    public const long Worthwhile = 1_000_000;

    /// <summary>The rule. From <see cref="Large"/> on every core; below that one, or two where nine tenths of the multiply-adds are in
    /// <see cref="Layers.Linear"/> and there are at least <see cref="Worthwhile"/>.</summary>
    /// <param name="summary">The model's work.</param>
    /// <param name="batchSize">Samples in a training batch.</param>
    /// <param name="cores">What there is.</param>
    /// <param name="asked">What was asked for; null for the rule's number.</param>
    public static ThreadChoice Of(ModelSummary summary, int batchSize, int cores, int? asked = null)
    {
        long work = summary.MultiplyAdds * batchSize;
        SharedBy sharedBy = summary.LinearMultiplyAdds >= 0.9 * summary.MultiplyAdds ? SharedBy.Layers : SharedBy.Torch;
        int threads = work >= Large ? cores : sharedBy == SharedBy.Layers && work >= Worthwhile ? Math.Min(2, cores) : 1;
        return new(asked ?? Math.Max(1, threads), sharedBy);
    }

    /// <summary>Makes it so for this process.</summary>
    public void Use() => Engine.Threads.Use(Threads, SharedBy);
}
