using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Prediction;

/// <summary>The batches on which the outputs of a sample do not depend on the other samples.</summary>
/// <remarks>
/// libtorch's kernels depend on the number of rows, found by measurement (PredictorTests): BLAS sums in an order that depends on the shape of a
/// product, on its threads and, on some processors, on the place of a row; oneDNN computes the convolution of a single image in another order than that
/// of several; and with one thread, 1×1 convolutions of fewer than 16 images are computed without oneDNN. Regimen's layers compute with portable bits
/// then (<see cref="ModelRunner"/>), and take any batch. A model with other layers that are products is run on one sample at a time, and one with
/// TorchSharp's convolutions on batches of at least 2.
/// </remarks>
/// <param name="Smallest">The number of rows that a smaller batch is filled up to.</param>
/// <param name="Largest">The number of rows of a batch at most.</param>
internal readonly record struct StableBatch(int Smallest, int Largest)
{
    /// <summary>A batch as it is.</summary>
    public static StableBatch Any { get; } = new(1, int.MaxValue);

    // BLAS may also add in another order at another place of a batch.
    private static StableBatch Single { get; } = new(1, 1);

    private static StableBatch Fixed { get; } = new(16, 16);

    /// <summary>Returns the batches that a model must be run on.</summary>
    /// <param name="model">The model.</param>
    /// <param name="threads">The number of threads that compute.</param>
    public static StableBatch Of(nn.Module model, int threads) => model.modules().Select(m => OfLayer(m, threads)).Aggregate(
        Any, (batch, layer) => new(Math.Max(batch.Smallest, layer.Smallest), Math.Min(batch.Largest, layer.Largest)));

    private static StableBatch OfLayer(nn.Module module, int threads) => module switch
    {
        ConvTranspose1d or ConvTranspose2d or ConvTranspose3d => Fixed,
        Conv1d or Conv2d or Conv3d => threads == 1 && IsPointwise(module) ? Fixed : new(2, int.MaxValue),
        Linear or Bilinear or RNN or LSTM or GRU or RNNCell or LSTMCell or GRUCell or MultiheadAttention => Single,
        _ => Any,
    };

    private static bool IsPointwise(nn.Module convolution) => convolution.named_parameters(recurse: false)
        .Any(p => p.name == "weight" && p.parameter.dim() > 2 && p.parameter.numel() == p.parameter.size(0) * p.parameter.size(1));
}
