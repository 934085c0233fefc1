using Regimen.Optimization;

namespace Regimen.Inspection;

/// <summary>An estimate of the memory that a training takes beside the program and the data, in bytes. Computed from shapes; libtorch's own
/// working memory (packed weights, the columns of a convolution) is not in it.</summary>
/// <param name="Parameters">The parameters.</param>
/// <param name="Gradients">The gradients of the trained parameters.</param>
/// <param name="OptimizerState">The optimizer's state: as many values for each trained parameter as it has buffers.</param>
/// <param name="BestWeights">The copy of the best weights so far; 0 without one.</param>
/// <param name="AveragedWeights">The averaged weights; 0 without an average.</param>
/// <param name="Activations">For a batch: the outputs of layers that the backward pass needs, and the gradients of the two largest.</param>
public sealed record TrainingMemory(long Parameters, long Gradients, long OptimizerState, long BestWeights, long AveragedWeights, long Activations)
{
    /// <summary>The sum.</summary>
    public long Total => Parameters + Gradients + OptimizerState + BestWeights + AveragedWeights + Activations;

    /// <summary>Estimates the memory of a training.</summary>
    /// <param name="summary">The summary of the model, with its parameters frozen as in the training.</param>
    /// <param name="optimizer">The optimizer's options.</param>
    /// <param name="batchSize">The number of samples in a batch.</param>
    /// <param name="keepsBest">Whether a copy of the best weights is kept.</param>
    /// <param name="isAveraged">Whether the weights are averaged.</param>
    public static TrainingMemory Of(ModelSummary summary, OptimizerOptions optimizer, int batchSize, bool keepsBest, bool isAveraged = false)
    {
        long trained = summary.Parameters == 0 ? 0 : (long)((double)summary.ParameterBytes * summary.TrainableParameters / summary.Parameters);
        return new TrainingMemory(
            summary.ParameterBytes,
            trained,
            trained * optimizer.StateNames.Count,
            keepsBest ? trained : 0,
            isAveraged ? trained : 0,
            (summary.KeptBytes + (2 * summary.LargestOutput)) * batchSize);
    }
}
