namespace Regimen.Transforms;

/// <summary>Marks a record that derives from <see cref="Transform"/>. Its properties are the keys of an element of <c>transforms.train</c> or
/// <c>transforms.eval</c>.</summary>
/// <param name="name">The name that selects it in a config.</param>
public sealed class TransformAttribute(string name) : CatalogAttribute(name);
