using Regimen.Runs;

namespace Regimen.Verification;

/// <summary>What came of training a run again from its own record.</summary>
public sealed record VerificationResult
{
    /// <summary>Whether nothing differs.</summary>
    public bool Identical => FirstDifference is null && Findings.Count == 0;

    /// <summary>The first step whose loss differs; null where none does.</summary>
    public StepDifference? FirstDifference { get; init; }

    /// <summary>Whatever else in the folder, or in the data, is not what the run was.</summary>
    public required IReadOnlyList<Problem> Findings { get; init; }

    /// <summary>Losses that were compared and are the same bits.</summary>
    public long Steps { get; init; }

    /// <summary>Rows of metrics that were compared: order, moment, samples, losses, metrics.</summary>
    public int Passes { get; init; }

    /// <summary>Checkpoints whose weights and optimizer state were compared.</summary>
    public int Checkpoints { get; init; }

    /// <summary>What the folder says that was not compared with anything, in words.</summary>
    public IReadOnlyList<string> NotCompared { get; init; } = [];

    /// <summary>Of the weights in the record; null where it has none, or where they were not reached.</summary>
    public string? ExpectedDigest { get; init; }

    /// <summary>Of the weights that came out now; null where they were not reached.</summary>
    public string? ReceivedDigest { get; init; }
}

/// <summary>A step whose loss is not what was recorded.</summary>
/// <param name="At">The epoch and the step.</param>
/// <param name="Expected">The recorded loss; null where the run had ended by then.</param>
/// <param name="Received">The loss now; null where training ended before.</param>
public sealed record StepDifference(Progress At, float? Expected, float? Received);
