using Regimen.Reproducibility;

namespace Regimen.Text;

/// <summary>Chooses the next token from a model's logits.</summary>
/// <param name="options">Temperature, top-k and seed.</param>
/// <param name="never">A token that is never chosen; null for none.</param>
internal sealed class TokenSampling(GenerationOptions options, int? never)
{
    /// <summary>Returns a token.</summary>
    /// <param name="logits">The logit of each token.</param>
    /// <param name="position">The number of tokens generated before.</param>
    public int Choose(ReadOnlySpan<float> logits, long position)
    {
        // Most likely first; of equal logits, the lowest id first.
        int[] tokens = new int[logits.Length];
        float[] keys = new float[logits.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            (tokens[i], keys[i]) = (i, i == never || float.IsNaN(logits[i]) ? float.NegativeInfinity : logits[i]);
        }

        Array.Sort(tokens, (a, b) => keys[b].CompareTo(keys[a]) is var order and not 0 ? order : a.CompareTo(b));
        if (options.Temperature == 0)
        {
            return tokens[0];
        }

        int count = Math.Min(options.TopK ?? tokens.Length, tokens.Length);
        double[] weights = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            weights[i] = Math.Exp((keys[tokens[i]] - (double)keys[tokens[0]]) / options.Temperature);
            sum += weights[i];
        }

        double drawn = RandomStream.For(options.Seed, RandomPurpose.Generation, index: position).NextDouble() * sum;
        int chosen = 0;
        while (chosen < count - 1 && drawn >= weights[chosen])
        {
            drawn -= weights[chosen++];
        }

        return tokens[chosen];
    }
}
