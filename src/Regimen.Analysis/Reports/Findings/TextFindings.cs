namespace Regimen.Reports;

/// <summary>The findings of next-token prediction. A loss is the negative logarithm (base e) of the probability of the next token.</summary>
internal sealed record TextFindings
{
    /// <summary><c>e</c> to the mean loss.</summary>
    public required double Perplexity { get; init; }

    /// <summary>The mean loss at each position of a sample, or at as many equal parts of it: the number of tokens that the model has seen.</summary>
    public required IReadOnlyList<PositionLoss> Positions { get; init; }

    /// <summary>The mean loss by the kind of the next token, the most frequent first; empty where tokens have no text.</summary>
    public required IReadOnlyList<TokenKindLoss> Kinds { get; init; }

    /// <summary>The samples with the highest mean loss, the highest first.</summary>
    public required IReadOnlyList<TextWindow> Windows { get; init; }
}

/// <summary>The loss at a position.</summary>
/// <param name="Position">The position, from 1; the last one of a part of positions.</param>
/// <param name="Loss">The mean loss.</param>
internal sealed record PositionLoss(int Position, double Loss);

/// <summary>The loss of a kind of tokens.</summary>
/// <param name="Kind">The kind, as <c>letter</c>.</param>
/// <param name="Count">The number of tokens.</param>
/// <param name="Loss">The mean loss.</param>
internal sealed record TokenKindLoss(string Kind, long Count, double Loss);

/// <summary>A part of a sample of text.</summary>
/// <param name="Index">The index of the sample in the split, from 0.</param>
/// <param name="Loss">The mean loss of the whole sample.</param>
/// <param name="From">The position of the first token shown, from 0.</param>
/// <param name="Tokens">The tokens as text, in their order.</param>
/// <param name="Losses">The loss of each.</param>
internal sealed record TextWindow(int Index, double Loss, int From, IReadOnlyList<string> Tokens, IReadOnlyList<double> Losses);
