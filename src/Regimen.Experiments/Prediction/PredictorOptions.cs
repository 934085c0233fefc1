using Regimen.Catalog;
using Regimen.Evaluation;
using Regimen.Experiments;
using Regimen.Imaging;

namespace Regimen.Prediction;

/// <summary>The options of <see cref="Predictor.Open(string, PredictorOptions)"/>.</summary>
public sealed record PredictorOptions
{
    /// <summary>The models by name; null for Regimen's own. A program with its own models passes
    /// <c>ComponentCatalog.From(typeof(MyModel).Assembly)</c>.</summary>
    public ComponentCatalog? Catalog { get; init; }

    /// <summary>The folder of all runs, in which the name of a run and <c>latest</c> are looked up.</summary>
    public string Runs { get; init; } = "runs";

    /// <summary>The base of relative paths; null for the process's working directory.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Which weights of a run or checkpoint whose training averaged them.</summary>
    public WeightSet Weights { get; init; }

    /// <summary>The number of threads that compute; null for the number that the run recorded, which gives the bits of <c>evaluate</c>.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether a sample's outputs have the same bits in a batch of any size: those that it has in a batch of 16 samples or more. With
    /// false, the outputs are those that <c>evaluate</c> computes for the same batch; a batch of fewer than 16 samples then differs from a
    /// larger one by rounding.</summary>
    public bool StableRows { get; init; }

    /// <summary>Views of each image over which predictions are averaged; null for the image alone.</summary>
    public TestTimeViews? Views { get; init; }

    /// <summary>How an image of another size is fitted if the run itself did not resize images; null to refuse it.</summary>
    public ImageFit? Fit { get; init; }
}
