using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Reshapes targets to the shape of a model's output. If the shapes differed, libtorch would broadcast one over the other and
/// train on wrong pairs.</summary>
internal static class TargetShape
{
    /// <summary>Returns the target in the shape of <paramref name="output"/>; only dimensions of size 1 may differ.</summary>
    /// <exception cref="RequestException">The shapes differ in other dimensions.</exception>
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
