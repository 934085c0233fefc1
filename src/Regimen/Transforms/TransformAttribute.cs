namespace Regimen.Transforms;

/// <summary>On a record that derives from <see cref="Transform"/>: its properties are the keys of an element of
/// <c>transforms.train</c> or <c>transforms.eval</c>.</summary>
/// <param name="name">The name a config chooses it by.</param>
public sealed class TransformAttribute(string name) : CatalogAttribute(name);
