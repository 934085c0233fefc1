namespace Regimen.Optimization;

/// <summary>The coefficients of one step of Adam, each computed in double and rounded once to float32.</summary>
internal readonly struct AdamCoefficients
{
    public required float Beta1 { get; init; }

    public required float Beta2 { get; init; }

    /// <summary><c>1−β₁</c>.</summary>
    public required float Rest1 { get; init; }

    /// <summary><c>1−β₂</c>.</summary>
    public required float Rest2 { get; init; }

    public required float Eps { get; init; }

    /// <summary><c>lr/(1−β₁ᵗ)</c>.</summary>
    public required float Size { get; init; }

    /// <summary><c>1/√(1−β₂ᵗ)</c>.</summary>
    public required float Correction { get; init; }

    /// <summary>The factor by which the values are multiplied first (decoupled weight decay); 1 for none.</summary>
    public required float Decay { get; init; }

    /// <summary>The L2 penalty; 0 for none.</summary>
    public required float Penalty { get; init; }
}
