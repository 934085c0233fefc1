namespace Regimen;

/// <summary>Marks a list for which a config may give a single value: <c>128</c> is the list <c>[128]</c>. A list of one value is written as
/// that value, so a key that held one value before it became a list keeps its written form in records and in references.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class AcceptsSingleAttribute : Attribute;
