namespace Regimen.Optimization;

/// <summary>On a record that derives from <see cref="Objective"/>: its properties are the config's keys.</summary>
/// <param name="name">The name a config chooses it by.</param>
public sealed class ObjectiveAttribute(string name) : CatalogAttribute(name);
