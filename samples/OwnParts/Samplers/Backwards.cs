using Regimen.Loading;

namespace OwnParts.Samplers;

/// <summary>Every sample once, the last one first in odd epochs.</summary>
public sealed class Backwards : Sampler
{
    public override bool Repeats => false;

    public override void Fill(Span<int> order, ulong seed, int epoch)
    {
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = epoch % 2 == 0 ? i : order.Length - 1 - i;
        }
    }
}
