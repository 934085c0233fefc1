namespace Regimen.Datasets;

/// <summary>On a public static function that takes its options record (and, if wanted, a <see cref="DatasetContext"/>) and
/// returns <see cref="Regimen.Data.DataSplits"/>.</summary>
/// <param name="name">The name a config chooses it by.</param>
public sealed class DatasetAttribute(string name) : CatalogAttribute(name);
