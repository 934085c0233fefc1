using System.ComponentModel.DataAnnotations;

namespace Regimen.Text;

/// <summary>The options of <see cref="TextGenerator"/>.</summary>
public sealed record GenerationOptions
{
    /// <summary>The number of tokens to generate.</summary>
    [Range(1, 10_000_000)]
    public int Tokens { get; init; } = 100;

    /// <summary>The temperature that logits are divided by: 1 draws tokens with the model's probabilities, lower values prefer likely tokens, and
    /// 0 always takes the most likely one.</summary>
    [Range(0.0, 1000.0)]
    public double Temperature { get; init; } = 1;

    /// <summary>The number of most likely tokens to draw from; null for all.</summary>
    [Range(1, Tokenizer.MaxVocabulary)]
    public int? TopK { get; init; }

    /// <summary>The seed. Each token's random number is a function of the seed and the token's position.</summary>
    public ulong Seed { get; init; } = 42;
}
