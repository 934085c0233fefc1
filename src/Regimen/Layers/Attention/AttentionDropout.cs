using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Dropout of attention weights. A weight's factor is a function of the key and of the weight's index in <c>[batch, heads, length, length]</c>
/// modulo 2³² (<see cref="DropoutMask"/>), so neither the threads nor the order of computation change it.</summary>
/// <param name="Probability">The probability that a weight is set to 0; 0 for no dropout.</param>
/// <param name="Key">The key of the mask.</param>
internal readonly record struct AttentionDropout(double Probability, ulong Key)
{
    /// <summary>Whether there is no dropout.</summary>
    public bool IsNone => Probability == 0;

    /// <summary>Draws the key of a mask from libtorch's default generator.</summary>
    public static AttentionDropout Draw(double probability) => new(probability, DropoutMask.NewKey());

    /// <summary>Writes the factors of the first weights of a row.</summary>
    /// <param name="factors">The factors.</param>
    /// <param name="pair">The number of the sample and the head.</param>
    /// <param name="row">The row.</param>
    /// <param name="length">The number of rows, and of weights in each.</param>
    public void Fill(Span<float> factors, long pair, int row, int length) => DropoutMask.Fill(factors, Key, Probability, (uint)((ulong)((pair * length) + row) * (ulong)length));

    /// <summary>Returns all factors, <c>[pairs, length, length]</c>.</summary>
    public Tensor Mask(long pairs, long length)
    {
        Tensor mask = empty(pairs, length, length);
        DropoutMask.Fill(TensorMemory.Span<float>(mask), Key, Probability);
        return mask;
    }
}
