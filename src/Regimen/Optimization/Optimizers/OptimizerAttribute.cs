namespace Regimen.Optimization;

/// <summary>Registers a record that derives from <see cref="OptimizerOptions"/>: its properties are the config's keys.</summary>
/// <param name="name">The name of the optimizer in a config.</param>
public sealed class OptimizerAttribute(string name) : CatalogAttribute(name);
