namespace Regimen;

/// <summary>Adds a class or function to the catalog under a name, by which a config selects it. Its options record defines the config keys
/// with their bounds, help and defaults.</summary>
/// <param name="name">Lower-case words joined by underscores, as in a config: <c>mlp</c>, <c>fashion_mnist</c>.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, Inherited = false)]
public abstract class CatalogAttribute(string name) : Attribute
{
    /// <summary>The name that selects it in a config.</summary>
    public string Name { get; } = name;
}
