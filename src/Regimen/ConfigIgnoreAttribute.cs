namespace Regimen;

/// <summary>Marks a property of an options record that is not a config key of its group: it is set in code or elsewhere in the config.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConfigIgnoreAttribute : Attribute;
