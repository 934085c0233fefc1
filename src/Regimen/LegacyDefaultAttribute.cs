namespace Regimen;

/// <summary>On a property of an options record that became a config key after configs had been recorded without it, and whose default
/// changes results: the value that stands for runs recorded before. A new run gets the default.</summary>
/// <param name="value">The earlier behaviour, as a config would write it: <c>false</c>, <c>null</c>, <c>none</c>.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class LegacyDefaultAttribute(string value) : Attribute
{
    /// <summary>The earlier behaviour, as a config would write it.</summary>
    public string Value { get; } = value;
}
