using TorchSharp;
using static TorchSharp.torch;

namespace Workshop.Built;

/// <summary>Samples in batches: scaled, in a random order that is a function of the seed and the epoch.</summary>
/// <param name="images">Pictures, bytes <c>[count, height, width]</c>.</param>
/// <param name="labels">Their classes <c>[count]</c>.</param>
/// <param name="size">The number of samples in a batch; the last one may have fewer.</param>
/// <param name="seed">The seed of the order.</param>
/// <param name="shuffle">Whether each epoch has its own random order; else that of the data.</param>
public sealed class Batches(Tensor images, Tensor labels, int size, int seed, bool shuffle = true)
{
    /// <summary>The number of batches in an epoch.</summary>
    public int Count => (int)((labels.size(0) + size - 1) / size);

    /// <summary>The batches of an epoch: pictures <c>[samples, 1, height, width]</c> around 0, and labels <c>[samples]</c>.</summary>
    public IEnumerable<(Tensor Input, Tensor Target)> Epoch(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, (int)labels.size(0))];
        if (shuffle)
        {
            new Random((seed * 1000) + epoch).Shuffle(order);
        }

        for (int first = 0; first < order.Length; first += size)
        {
            // The scope disposes the tensors in between; without it, they would stay in memory until the next garbage collection.
            using DisposeScope scope = NewDisposeScope();
            Tensor rows = tensor(order[first..Math.Min(first + size, order.Length)], dtype: ScalarType.Int64);
            Tensor input = ((images[rows].unsqueeze(1).to(ScalarType.Float32) / 255) - 0.1307) / 0.3081;
            Tensor target = labels[rows];
            scope.MoveToOuter(input, target);
            yield return (input, target);
        }
    }
}
