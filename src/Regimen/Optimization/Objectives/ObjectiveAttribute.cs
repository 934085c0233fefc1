namespace Regimen.Optimization;

/// <summary>Registers a record that derives from <see cref="Objective"/>: its properties are the config's keys.</summary>
/// <param name="name">The name of the objective in a config.</param>
public sealed class ObjectiveAttribute(string name) : CatalogAttribute(name);
