using static TorchSharp.torch;

namespace Digits;

/// <summary>Pictures for training and for testing, with their labels.</summary>
/// <param name="Images">Training pictures, bytes <c>[count, height, width]</c>.</param>
/// <param name="Labels">Their classes <c>[count]</c>.</param>
/// <param name="TestImages">Test pictures.</param>
/// <param name="TestLabels">Their classes.</param>
public sealed record DigitSet(Tensor Images, Tensor Labels, Tensor TestImages, Tensor TestLabels)
{
    /// <summary>Batches <c>[samples, 1, height, width]</c> around 0, as in step 02.</summary>
    public static IEnumerable<(Tensor Input, Tensor Target)> Batches(Tensor images, Tensor labels, int size, int? shuffleSeed)
    {
        int[] order = [.. Enumerable.Range(0, (int)labels.size(0))];
        if (shuffleSeed is { } seed)
        {
            new Random(seed).Shuffle(order);
        }

        foreach (int[] rows in order.Chunk(size))
        {
            Tensor index = tensor(rows, dtype: ScalarType.Int64);
            yield return (((images[index].unsqueeze(1).to(ScalarType.Float32) / 255) - 0.1307) / 0.3081, labels[index]);
        }
    }
}
