namespace Regimen;

/// <summary>Puts a class or function into the catalog under a name, by which a config chooses it. The options record beside it gives the
/// config's keys, bounds, help and defaults.</summary>
/// <param name="name">Lower-case words joined by underscores, as the config spells it: <c>mlp</c>, <c>fashion_mnist</c>.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, Inherited = false)]
public abstract class CatalogAttribute(string name) : Attribute
{
    /// <summary>The name a config chooses it by.</summary>
    public string Name { get; } = name;
}
