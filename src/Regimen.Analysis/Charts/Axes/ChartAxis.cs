namespace Regimen.Charts;

/// <summary>What an axis shows.</summary>
internal sealed record ChartAxis
{
    /// <summary>Its label; empty for none.</summary>
    public string Label { get; init; } = string.Empty;

    /// <summary>Whether it is logarithmic; values that are not positive are then left out.</summary>
    public bool IsLog { get; init; }

    /// <summary>Its lowest value; null for that of the data.</summary>
    public double? Min { get; init; }

    /// <summary>Its highest value; null for that of the data.</summary>
    public double? Max { get; init; }

    /// <summary>Whether values are fractions, shown in percent.</summary>
    public bool IsFraction { get; init; }

    /// <summary>Whether values are whole numbers, as steps are.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Whether it is not drawn: the chart draws it itself.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Whether the axis ends at its data, not at the next tick.</summary>
    public bool IsTight { get; init; }
}
