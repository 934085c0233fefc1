namespace Regimen.Reports;

/// <summary>The findings of a regression, in the target's own units. An error is the prediction minus the target.</summary>
internal sealed record RegressionFindings
{
    /// <summary>The findings of each of a sample's target values, at most the first ones.</summary>
    public required IReadOnlyList<OutputFindings> Outputs { get; init; }

    /// <summary>The number of target values of a sample.</summary>
    public required int OutputCount { get; init; }

    /// <summary>The samples with the largest error, the largest first.</summary>
    public required IReadOnlyList<WorstRow> Worst { get; init; }
}

/// <summary>The findings of a target value.</summary>
internal sealed record OutputFindings
{
    /// <summary>The mean of the errors: its distance to 0 is the bias.</summary>
    public required double MeanError { get; init; }

    /// <summary>The root of the mean square of the errors.</summary>
    public required double Rmse { get; init; }

    /// <summary>The mean of the absolute errors.</summary>
    public required double Mae { get; init; }

    /// <summary>The limits of the bins of errors: one more than there are bins; empty if no error is finite.</summary>
    public required IReadOnlyList<double> Edges { get; init; }

    /// <summary>The number of errors in each bin.</summary>
    public required IReadOnlyList<long> Counts { get; init; }

    /// <summary>The number of errors that are not finite.</summary>
    public required long NotFinite { get; init; }

    /// <summary>Samples at equal distances in the split: <c>[target, prediction]</c>.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Points { get; init; }
}

/// <summary>A sample with a large error.</summary>
/// <param name="Sample">The sample.</param>
/// <param name="True">Its target values, at most the first ones.</param>
/// <param name="Predicted">The predictions, as many.</param>
/// <param name="Error">The root of the mean square of the errors of all its values.</param>
internal sealed record WorstRow(FoundSample Sample, IReadOnlyList<double> True, IReadOnlyList<double> Predicted, double Error);
