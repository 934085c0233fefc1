using Regimen.Engine;

namespace Regimen.Inspection;

/// <summary>The number of threads that train a model, and the component that splits the work among them.</summary>
/// <param name="Threads">The number of threads, at least 1.</param>
/// <param name="SharedBy">The component that splits the work: libtorch, or Regimen's layers. The layers have less synchronisation overhead
/// if they do nearly all of a model's work.</param>
/// <param name="MayVary">Whether a training may use fewer, if its bits do not depend on it: nobody asked for this number.</param>
internal readonly record struct ThreadChoice(int Threads, SharedBy SharedBy, bool MayVary = false)
{
    /// <summary>The number of multiply-adds in a batch's forward pass from which using every core pays off.</summary>
    public const long Large = 100_000_000;

    /// <summary>The number of multiply-adds in a batch's forward pass from which a second thread pays off if the layers split the work.</summary>
    public const long Worthwhile = 1_000_000;

    /// <summary>Chooses the number of threads. From <see cref="Large"/> multiply-adds, every core. Below that one, or two if nine tenths of the
    /// multiply-adds are in <see cref="Layers.Linear"/> and there are at least <see cref="Worthwhile"/>.</summary>
    /// <param name="summary">The summary of the model.</param>
    /// <param name="batchSize">The number of samples in a training batch.</param>
    /// <param name="cores">The number of available cores.</param>
    /// <param name="asked">The configured number of threads; null to choose it by the rule.</param>
    /// <param name="bits">The arithmetic: with portable bits Regimen's layers compute convolutions too.</param>
    public static ThreadChoice Of(ModelSummary summary, int batchSize, int cores, int? asked = null, Bits bits = Bits.Machine)
    {
        // What modules count outside of their layers, such as the products of attention, does not decide who splits the layers' work.
        long inLayers = summary.MultiplyAdds - summary.OwnMultiplyAdds;
        long work = inLayers * batchSize;
        long own = summary.LinearMultiplyAdds + (bits == Bits.Portable ? summary.ConvolutionMultiplyAdds : 0);
        SharedBy sharedBy = own >= 0.9 * inLayers ? SharedBy.Layers : SharedBy.Torch;
        int threads = work >= Large ? cores : sharedBy == SharedBy.Layers && work >= Worthwhile ? Math.Min(2, cores) : 1;
        return new(asked ?? Math.Max(1, threads), sharedBy, MayVary: asked is null);
    }

    /// <summary>Applies the choice to this process.</summary>
    public void Use()
    {
        if (MayVary && SharedBy == SharedBy.Layers)
        {
            Engine.Threads.UseUpTo(Threads);
        }
        else
        {
            Engine.Threads.Use(Threads, SharedBy);
        }
    }
}
