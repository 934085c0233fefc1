namespace Regimen.Optimization;

/// <summary>Registers a record that derives from <see cref="Schedule"/>: its properties are the config's keys.</summary>
/// <param name="name">The name of the schedule in a config.</param>
public sealed class ScheduleAttribute(string name) : CatalogAttribute(name);
