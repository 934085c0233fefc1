using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Exporting;

/// <summary>The comparison of an exported file with its model.</summary>
internal static class ExportCheck
{
    /// <summary>The sizes of the batches that are compared.</summary>
    public static IReadOnlyList<int> Batches { get; } = [1, 2, 7, 32];

    /// <summary>The number of samples in all batches.</summary>
    public static int Samples { get; } = Batches.Sum();

    /// <summary>The largest accepted difference, relative to the largest value of the batch.</summary>
    public const double Tolerance = 1e-5;

    /// <summary>Returns the largest difference of any batch, relative to the largest absolute value of that batch, or to 1 if that is less.</summary>
    /// <param name="expected">Computes the model's result for samples: their first index and their number.</param>
    /// <param name="received">Computes the file's result for the same samples.</param>
    /// <param name="path">The file's name in messages.</param>
    /// <exception cref="WorkFailedException">A difference is above the tolerance, or the shapes differ.</exception>
    public static double LargestDifference(Func<int, int, Tensor> expected, Func<int, int, Tensor> received, string path)
    {
        double largest = 0;
        int start = 0;
        foreach (int count in Batches)
        {
            using Tensor model = expected(start, count);
            using Tensor file = received(start, count);
            if (!model.shape.AsSpan().SequenceEqual(file.shape))
            {
                throw Different(path, count, $"the shape [{string.Join(", ", model.shape)}]", $"[{string.Join(", ", file.shape)}]");
            }

            double difference = Difference(model, file);
            if (!(difference <= Tolerance))
            {
                throw Different(path, count, FormattableString.Invariant($"a largest relative difference of at most {Tolerance}"), FormattableString.Invariant($"{difference:G3}"));
            }

            largest = Math.Max(largest, difference);
            start += count;
        }

        return largest;
    }

    private static double Difference(Tensor model, Tensor file)
    {
        using Tensor plain = model.contiguous();
        ReadOnlySpan<float> expected = TensorMemory.Span<float>(plain);
        ReadOnlySpan<float> received = TensorMemory.Span<float>(file);
        double scale = 1;
        double largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            scale = Math.Max(scale, Math.Abs(expected[i]));
            double difference = Math.Abs((double)expected[i] - received[i]);
            if (double.IsNaN(difference) && !(float.IsNaN(expected[i]) && float.IsNaN(received[i])))
            {
                return double.NaN;
            }

            largest = double.IsNaN(difference) ? largest : Math.Max(largest, difference);
        }

        return largest / scale;
    }

    private static WorkFailedException Different(string path, int count, string expected, string received) => new(new Problem("The exported file does not compute what the model computes")
    {
        Where = $"{path}, for a batch of {count}",
        Expected = expected,
        Received = received,
        Hint = "No file was written. If the model describes itself (IDescribed), compare Describe with forward.",
    });
}
