namespace Regimen.Datasets;

/// <summary>Marks a public static method as a data set. The method takes an options record and optionally a <see cref="DatasetContext"/>,
/// and returns <see cref="Regimen.Data.DataSplits"/>.</summary>
/// <param name="name">The name of the data set in a config.</param>
public sealed class DatasetAttribute(string name) : CatalogAttribute(name);
