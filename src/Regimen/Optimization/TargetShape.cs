using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Gives targets the shape of a model's answer. Where both differed, libtorch would spread one over the other (broadcasting)
/// and train on pairs that do not belong together.</summary>
internal static class TargetShape
{
    /// <summary>The target in the shape of <paramref name="output"/>; only dimensions of size 1 may differ.</summary>
    /// <exception cref="RequestException">They do not fit.</exception>
    public static Tensor Like(Tensor output, Tensor target)
    {
        long[] received = output.shape;
        long[] expected = target.shape;
        if (received.AsSpan().SequenceEqual(expected))
        {
            return target;
        }

        return received.Length > 0 && received[0] == expected[0] && received.Skip(1).Where(d => d != 1).SequenceEqual(expected.Skip(1).Where(d => d != 1))
            ? target.reshape(received)
            : throw new RequestException(new Problem("The model's answer does not fit the targets")
            {
                Expected = $"[{string.Join(", ", expected)}]: a value for each of the targets",
                Received = $"[{string.Join(", ", received)}]",
                Hint = "The model's last layer should have as many outputs as a sample has target values.",
            });
    }
}
