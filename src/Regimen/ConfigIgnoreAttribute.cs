namespace Regimen;

/// <summary>On a property of an options record that is set in code or elsewhere in a config, and is no key of its group.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConfigIgnoreAttribute : Attribute;
