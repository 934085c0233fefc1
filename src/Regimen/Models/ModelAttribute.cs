namespace Regimen.Models;

/// <summary>On a model: any <c>Module</c> with a nested <c>Options</c> record and a constructor that takes it and, if
/// wanted, a <c>ModelContext</c>, or a <see cref="Regimen.Data.SampleShape"/> (the shape of a sample) and an <see cref="int"/> (the number of outputs).</summary>
/// <param name="name">The name a config chooses it by.</param>
public sealed class ModelAttribute(string name) : CatalogAttribute(name);
