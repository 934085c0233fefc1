namespace Regimen;

/// <summary>States the value that a config key has in recorded configs without it. For a key that was added later and whose default changes
/// results: a run recorded before keeps its earlier behaviour, a new run gets the default.</summary>
/// <param name="value">The value of the earlier behaviour, as in a config: <c>false</c>, <c>null</c>, <c>none</c>.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class LegacyDefaultAttribute(string value) : Attribute
{
    /// <summary>The value of the earlier behaviour, as in a config.</summary>
    public string Value { get; } = value;
}
