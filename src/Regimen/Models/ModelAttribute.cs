namespace Regimen.Models;

/// <summary>Registers a model: any <c>Module</c> with a nested <c>Options</c> record and a constructor that takes it and, optionally,
/// a <c>ModelContext</c>, or a <see cref="Regimen.Data.SampleShape"/> (the shape of a sample) and an <see cref="int"/> (the number of outputs).</summary>
/// <param name="name">The name of the model in a config.</param>
public sealed class ModelAttribute(string name) : CatalogAttribute(name);
