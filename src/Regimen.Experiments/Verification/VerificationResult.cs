using Regimen.Runs;

namespace Regimen.Verification;

/// <summary>The result of training a run again from its record.</summary>
internal sealed record VerificationResult
{
    /// <summary>Whether there is no difference.</summary>
    public bool Identical => FirstDifference is null && Findings.Count == 0;

    /// <summary>The first step whose loss differs; null if there is none.</summary>
    public StepDifference? FirstDifference { get; init; }

    /// <summary>All other differences in the folder or in the data.</summary>
    public required IReadOnlyList<Problem> Findings { get; init; }

    /// <summary>The number of compared losses with equal bits.</summary>
    public long Steps { get; init; }

    /// <summary>The number of compared rows of metrics: order, epoch and step, samples, losses, metrics.</summary>
    public int Passes { get; init; }

    /// <summary>The number of checkpoints whose weights and optimizer state were compared.</summary>
    public int Checkpoints { get; init; }

    /// <summary>Descriptions of the parts of the folder that were not compared.</summary>
    public IReadOnlyList<string> NotCompared { get; init; } = [];

    /// <summary>The recorded weights digest; null if there is none, or the training did not reach it.</summary>
    public string? ExpectedDigest { get; init; }

    /// <summary>The digest of the weights of the repeated training; null if it was not reached.</summary>
    public string? ReceivedDigest { get; init; }
}

/// <summary>A step whose loss differs from the recorded one.</summary>
/// <param name="At">The epoch and the step.</param>
/// <param name="Expected">The recorded loss; null if the recorded run had already ended.</param>
/// <param name="Received">The loss now; null if the training ended earlier.</param>
internal sealed record StepDifference(Progress At, float? Expected, float? Received);
