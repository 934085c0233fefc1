namespace Regimen.Catalog;

/// <summary>Puts something into the catalog under a name, by which a config chooses it. The options record beside it gives the
/// config's keys, bounds, help and defaults.</summary>
/// <param name="name">Lower-case words joined by underscores, as the config spells it: <c>mlp</c>, <c>fashion_mnist</c>.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, Inherited = false)]
public abstract class CatalogAttribute(string name) : Attribute
{
    /// <summary>The name a config chooses it by.</summary>
    public string Name { get; } = name;
}

/// <summary>On a <c>Module&lt;Tensor, Tensor&gt;</c> with a nested <c>Options</c> record and a constructor that takes it, and, if
/// wanted, a <see cref="Data.SampleShape"/> (the sample's shape) and an <see cref="int"/> (the number of outputs).</summary>
public sealed class ModelAttribute(string name) : CatalogAttribute(name);

/// <summary>On a public static function that takes its options record (and, if wanted, a <see cref="Data.DatasetContext"/>) and
/// returns <see cref="Data.DataSplits"/>.</summary>
public sealed class DatasetAttribute(string name) : CatalogAttribute(name);

/// <summary>On a record that derives from <see cref="Optimization.Objective"/>: its properties are the config's keys.</summary>
public sealed class ObjectiveAttribute(string name) : CatalogAttribute(name);

/// <summary>On a record that derives from <see cref="Optimization.OptimizerOptions"/>: its properties are the config's keys.</summary>
public sealed class OptimizerAttribute(string name) : CatalogAttribute(name);

/// <summary>On a record that derives from <see cref="Optimization.Schedule"/>: its properties are the config's keys.</summary>
public sealed class ScheduleAttribute(string name) : CatalogAttribute(name);

/// <summary>On a record that derives from <see cref="Data.Transform"/>: its properties are the keys of an element of
/// <c>transforms.train</c> or <c>transforms.eval</c>.</summary>
public sealed class TransformAttribute(string name) : CatalogAttribute(name);
